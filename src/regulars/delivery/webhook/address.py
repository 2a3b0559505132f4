"""Addresses that may be called: what a URL names, and what its name leads to at this moment.

Whoever can name a URL could have the server call what only the server can reach: its own machine,
the shop's network, the cloud's metadata. So a name is resolved once, all that it leads to is looked
at, and the connection goes to what was looked at, not to what the name leads to a moment later.

>>> from regulars.settings import WebhookSettings
>>> rules = WebhookSettings()
>>> target = read_url("https://erp.example:8443/in?shop=1", rules)
>>> target.host, target.port, target.path
('erp.example', 8443, '/in?shop=1')
>>> where_to(target, rules, lambda host, port: ["203.0.114.7"])
['203.0.114.7']
>>> where_to(target, rules, lambda host, port: ["203.0.114.7", "10.0.0.7"])
Traceback (most recent call last):
...
regulars.errors.AddressRefused: host = 'erp.example': the name leads to 10.0.0.7, which is not \
public. Name a host in the open; for one of your own network, [webhooks] allow_private = true.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from regulars.errors import AddressRefused, Where
from regulars.settings import WebhookSettings

Resolve = Callable[[str, int], list[str]]
"""The addresses to which a host's name leads; raises `OSError` where it leads nowhere."""

_LONGEST = 2048
_PORT = {"https": 443, "http": 80}

_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this machine, to a connecting socket
        "169.254.0.0/16",  # link-local: metadata of most clouds
        "100.100.100.200/32",  # metadata of Alibaba Cloud
        "168.63.129.16/32",  # the host under a machine of Azure; a public address
        "192.0.0.192/32",  # metadata of Oracle Cloud
        "192.88.99.0/24",  # relays of 6to4
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::/32",  # metadata of AWS
        "fd20:ce::/32",  # metadata of Google Cloud
    )
)
"""Of no use to any webhook, whatever the settings allow."""

_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by customers of a carrier
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
    )
)
_PUBLIC = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)  # fmt: skip
"""Within it; Teredo and 6to4 (2001::/32, 2002::/16) wrap any IPv4 address."""
_WRAPPERS = tuple(
    IPv6Network(text) for text in ("64:ff9b:1::/48", "2001::/32", "2002::/16")
)  # fmt: skip
"""Of which it is not told where they lead: never called either."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""Wraps an IPv4 address in its last 32 bits: how a network without IPv4 reaches one."""
_COMPATIBLE = IPv6Network("::/96")
_LOOPBACK_6 = IPv6Address("::1")


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL names: `path` with what stands behind `?`."""

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """As it stands in the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORT["https" if self.is_tls else "http"] else (
            f"{host}:{self.port}"
        )  # fmt: skip


def read_url(url: str, rules: WebhookSettings) -> Target:
    """What the URL names.

    Raises:
        AddressRefused: it is none, or its scheme, its port or its parts are not allowed.
    """
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise _refused("this is no URL", url, "write it in ASCII, without blanks")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("this is no URL", url, "write it as https://host/path") from error
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORT or not host or "%" in host or "\\" in url:
        raise _refused("this is no URL of a webhook", url, "write it as https://host/path")
    if "@" in parts.netloc:
        raise _refused(
            "a URL of a webhook holds no name or password",
            host,
            "leave them out: messages are signed",
        )
    if parts.scheme == "http" and host not in [name.lower() for name in rules.http_hosts]:
        raise _refused(
            "this host is told with TLS only",
            url,
            f'write https://, or allow it: [webhooks] http_hosts = ["{host}"]',
        )
    if port is None:
        port = _PORT[parts.scheme]
    if port not in rules.ports:
        raise _refused(
            "this port is not allowed",
            str(port),
            f"allowed: {', '.join(map(str, rules.ports))}; the settings [webhooks] ports say so",
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path)


def where_to(target: Target, rules: WebhookSettings, resolve: Resolve) -> list[str]:
    """The addresses to which the target's name leads now, each of which may be called.

    Raises:
        AddressRefused: it leads nowhere, or any of them may not be called.
    """
    try:
        told = resolve(target.host, target.port)
    except (OSError, UnicodeError) as error:
        raise _no_host(target.host) from error
    if not told:
        raise _no_host(target.host)
    return list(dict.fromkeys(_checked(target.host, one, rules) for one in told))


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the machine's resolver tells them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def _checked(host: str, text: str, rules: WebhookSettings) -> str:
    address, inner = _unwrapped(text)
    if _is_never(inner):
        raise AddressRefused(
            f"the name leads to {text}, which no webhook may call",
            where=Where(column="host", value=host),
            todo="name the host of your own system",
        )
    if not rules.allow_private and not _is_public(inner):
        raise AddressRefused(
            f"the name leads to {text}, which is not public",
            where=Where(column="host", value=host),
            todo="name a host in the open; for one of your own network, "
            "[webhooks] allow_private = true",
        )
    return str(address)


def _unwrapped(text: str) -> tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address]:
    """The address to be called, and the one that it comes to in the end."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped, address.ipv4_mapped
        if address in _NAT64:
            return address, IPv4Address(int(address) & 0xFFFF_FFFF)
    return address, address


def _is_never(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address in _COMPATIBLE and address != _LOOPBACK_6:
            return True
        if any(address in wrapper for wrapper in _WRAPPERS):
            return True
    return any(address in network for network in _NEVER if network.version == address.version)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    # Named one by one: what `is_global` says differs between versions of Python.
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    return address in _PUBLIC and not any(address in network for network in _NOT_PUBLIC_6)


def _no_host(host: str) -> AddressRefused:
    return AddressRefused(
        "there is no such host",
        where=Where(column="host", value=host),
        todo="check its name",
    )


def _refused(what: str, value: str, todo: str) -> AddressRefused:
    return AddressRefused(what, where=Where(column="url", value=value), todo=todo)
