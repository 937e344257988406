"""The description of our SOAP service, for tools that ask for one."""

from importlib.resources import files

from lxml import etree


def render_wsdl(app_url: str) -> bytes:
    """Write the WSDL, with the address at which the Web Connector reaches us."""
    definitions = etree.fromstring(files("qbwc").joinpath("service.wsdl").read_bytes())
    for address in definitions.iter("{http://schemas.xmlsoap.org/wsdl/soap/}address"):
        address.set("location", app_url)
    return etree.tostring(definitions, encoding="utf-8", xml_declaration=True)
