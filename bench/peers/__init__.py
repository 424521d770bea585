"""What Chatdock is measured against, each in its own process."""
