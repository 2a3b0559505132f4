"""Which addresses may be called: those in the open, and not what only the server can reach."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regulars.delivery.webhook.address import Target, read_url, where_to
from regulars.errors import AddressRefused
from regulars.settings import WebhookSettings

OPEN = WebhookSettings()
OWN = WebhookSettings(allow_private=True)
TARGET = Target(True, "erp.example", 443, "/")


def called(*found: str, rules: WebhookSettings = OPEN) -> list[str]:
    return where_to(TARGET, rules, lambda *_: list(found))


@pytest.mark.parametrize("address", ["8.8.8.8", "203.0.114.7", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses_are_called(address):
    assert called(address) == [address]


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "::1", "fc00::1", "fd12:3456::1", "2001:db8::1", "3fff::1", "4000::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1",
]  # fmt: skip
NEVER = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3", "169.254.169.254", "169.254.0.23", "100.100.100.200", "168.63.129.16",
    "192.0.0.192", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "fd00:ec2::254", "fd20:ce::254",
    "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "64:ff9b:1::a9fe:a9fe",
    "::127.0.0.1", "::169.254.169.254", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_the_own_network_are_called_only_where_the_shop_allows_it(address):
    with pytest.raises(AddressRefused, match="not public"):
        called(address)
    assert len(called(address, rules=OWN)) == 1


@pytest.mark.parametrize("address", NEVER)
def test_metadata_multicast_and_wrappers_are_never_called(address):
    for rules in (OPEN, OWN):
        with pytest.raises(AddressRefused, match="no webhook may call"):
            called(address, rules=rules)


def test_one_bad_address_among_good_ones_is_enough():
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.7"):
        called("8.8.8.8", "10.0.0.7", "8.8.4.4")


def test_a_mapped_address_is_called_as_what_it_is():
    assert called("::ffff:8.8.8.8", "8.8.8.8") == ["8.8.8.8"]


def test_a_name_that_leads_nowhere_is_refused():
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    for resolve in (nowhere, lambda *_: []):
        with pytest.raises(AddressRefused, match="no such host"):
            where_to(TARGET, OPEN, resolve)


@given(st.ip_addresses())
@example(ipaddress.ip_address("64:ff9b::a00:1"))
def test_whatever_the_library_knows_not_to_be_global_is_not_called(address):
    try:
        called(str(address))
    except AddressRefused:
        return
    nat64 = ipaddress.ip_network("64:ff9b::/96")
    inner = getattr(address, "ipv4_mapped", None) or address
    if address.version == 6 and address in nat64:
        inner = ipaddress.ip_address(int(address) & 0xFFFF_FFFF)
    assert inner.is_global, "called, and not in the open"
    assert not inner.is_multicast


@pytest.mark.parametrize(
    "url",
    [
        "", "erp.example/in", "ftp://erp.example/", "file:///etc/passwd", "gopher://erp.example/",
        "https://", "https:///in", "https://erp.example:99999/", "https://erp.example:x/",
        "https://[::1", "https://[fe80::1%25eth0]/", "https://erp.example/a b",
        "https://erp.example/\r\nX: y", "https://erp.example\\@evil.example/", "https://érp.example/",
        "https://erp.example/" + "a" * 2048, "javascript:alert(1)", "unix:/run/docker.sock",
    ],
)  # fmt: skip
def test_what_is_no_url_of_a_webhook_is_refused(url):
    with pytest.raises(AddressRefused):
        read_url(url, OPEN)


def test_a_url_with_a_password_is_refused_and_the_password_is_not_told():
    with pytest.raises(AddressRefused) as told:
        read_url("https://li:s3cret@erp.example/", OPEN)
    assert "s3cret" not in str(told.value)


def test_without_tls_only_hosts_that_the_settings_name():
    with pytest.raises(AddressRefused, match="TLS only"):
        read_url("http://erp.example/in", OPEN)
    rules = WebhookSettings(http_hosts=("ERP.example",))
    assert read_url("http://Erp.Example./in", rules) == Target(False, "erp.example", 80, "/in")
    with pytest.raises(AddressRefused, match="TLS only"):
        read_url("http://other.example/in", rules)


def test_only_ports_that_the_settings_name():
    for port in (22, 6379, 5432, 25):
        with pytest.raises(AddressRefused, match="this port is not allowed"):
            read_url(f"https://erp.example:{port}/", OPEN)
    assert read_url("https://erp.example:6379/", WebhookSettings(ports=(6379,))).port == 6379


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.1", "127.1", "localhost"])
def test_a_number_in_disguise_is_looked_at_as_what_it_leads_to(host):
    from regulars.delivery.webhook.address import resolve

    target = read_url(f"https://{host}/", OPEN)
    with pytest.raises(AddressRefused):
        where_to(target, OPEN, resolve)


def test_the_header_names_the_port_where_it_is_not_the_usual_one():
    rules = WebhookSettings(http_hosts=("a.example",), ports=(80, 443, 8443))
    told = {
        "https://a.example/": "a.example",
        "https://a.example:8443/": "a.example:8443",
        "http://a.example/": "a.example",
        "http://a.example:443/": "a.example:443",
        "https://[2606:4700::1111]:8443/": "[2606:4700::1111]:8443",
    }
    assert {url: read_url(url, rules).authority for url in told} == told
