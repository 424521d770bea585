"""How long Chatdock takes to verify a client secret: signing keys and a secret as two lines in, microseconds of CPU out.

Runs in Chatdock's environment, not in the bench's.
"""

import sys
import time

from chatdock.sessions.secrets import ClientSecrets
from chatdock.sessions.signing import parse_signing_keys

VERIFICATIONS = 20_000
MAX_AGE_SECONDS = 600


def main() -> None:
    keys, secret = sys.stdin.read().split()
    secrets = ClientSecrets(parse_signing_keys(keys), MAX_AGE_SECONDS)
    before = time.process_time()
    for _ in range(VERIFICATIONS):
        secrets.verify(secret)
    print(1e6 * (time.process_time() - before) / VERIFICATIONS)


if __name__ == "__main__":
    main()
