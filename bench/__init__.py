"""What the README's figures come from: Chatdock beside its peers, in one run, on one machine."""
