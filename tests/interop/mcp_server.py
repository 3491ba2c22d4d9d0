"""A small server of the Model Context Protocol, as somebody would put it behind the gateway."""

import sys

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

server = MCPServer("Adder")


@server.tool()
def add(left: int, right: int) -> int:
    """Add two numbers."""
    return left + right


if __name__ == "__main__":
    # The gateway stands in front of it: whose Host it is called by is not its business.
    settings = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server.run("streamable-http", port=int(sys.argv[1]), transport_security=settings)
