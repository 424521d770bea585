"""The demo shop of `chatdock dev`: pages that embed the widget, and the one route that stands in for the customer's server.

Rules: never mounted by `chatdock serve`; nothing foreign is loaded; a visitor is a random id in a signed cookie.
"""

from chatdock.web.demo.site import DemoSite

__all__ = ["DemoSite"]
