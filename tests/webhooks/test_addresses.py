"""Where webhooks may not go, however it is spelt."""

import pytest

from chatdock.errors import ConfigurationError
from chatdock.webhooks.addresses import Reach

WITHIN = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "192.0.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "2001::1", "localhost", "",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", WITHIN)
def test_an_address_within_is_refused(address: str) -> None:
    assert not Reach().allows(address, encrypted=True)
    assert not Reach().allows(address, encrypted=False)


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_public_internet_is_reached_over_tls_alone(address: str) -> None:
    assert Reach().allows(address, encrypted=True)
    assert not Reach().allows(address, encrypted=False)
    assert not Reach(["10.0.0.0/8"]).allows(address, encrypted=False)


def test_a_network_of_the_operators_is_reached_and_nothing_beside_it() -> None:
    reach = Reach(["10.1.0.0/16", "fd00::/8", "127.0.0.1"])
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::9", "127.0.0.1"):
        assert reach.allows(address, encrypted=False) and reach.allows(address, encrypted=True)
    for address in ("10.2.0.1", "127.0.0.2", "fe80::1", "169.254.169.254"):
        assert not reach.allows(address, encrypted=True)


def test_what_is_no_network_is_said_at_the_start() -> None:
    with pytest.raises(ConfigurationError, match="CHATDOCK_WEBHOOK_NETWORKS"):
        Reach(["everywhere"])
