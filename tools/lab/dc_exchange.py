# SPDX-License-Identifier: Apache-2.0
"""The part of Exchange's schema extension that trueup deals with, as facts and as LDIF.

Object identifiers, ranges and GUIDs are those of the Exchange schema, as published dumps of it show
them. The schemaIDGUIDs that no dump gives are made from the object identifier. homeMDB is a link to
a database object in a real AD; here it is text, so that it can be loaded without such an object.
"""
import base64
import uuid

PUBLIC_INFORMATION = "e48d0154-bcf8-11d1-8702-00c04fb96050"    # property sets, for access rights
EXCHANGE_INFORMATION = "1f298a89-de98-47b8-b5cd-572ad53d267e"

EXCHANGE = "1.2.840.113556.1.4.7000.102."
TEXT, BOOLEAN, INTEGER, LARGE_INTEGER, OCTETS = (
    ("2.5.5.12", 64), ("2.5.5.8", 1), ("2.5.5.9", 2), ("2.5.5.16", 65), ("2.5.5.10", 4))

# What trueup may write, and the delegated account with it: the 24 attributes of the writeback.
MANAGED = (["mail", "proxyAddresses", "msExchRecipientTypeDetails", "msExchRecipientDisplayType"]
           + [f"extensionAttribute{n}" for n in range(1, 16)]
           + [f"msExchExtensionCustomAttribute{n}" for n in range(1, 6)])


def attributes():
    """Rows of: cn, name, OID, syntax, single-valued, range or None, searchFlags, GUID or None."""
    rows = [
        ("ms-Exch-Mail-Nickname", "mailNickname", "1.2.840.113556.1.2.447", TEXT, True, (1, 64), 5,
         "bf9679b3-0de6-11d0-a285-00aa003049e2"),
        ("ms-Exch-Target-Address", "targetAddress", "1.2.840.113556.1.2.352", TEXT, True,
         (1, 1123), 1, "f0f8ff9f-1191-11d0-a060-00aa006c33ed"),
        ("ms-Exch-Home-MDB", "homeMDB", "1.2.840.113556.1.2.244", TEXT, True, None, 16, None),
        ("ms-Exch-Home-Server-Name", "msExchHomeServerName", EXCHANGE + "47", TEXT, True, None, 25,
         "a284f30e-b093-11d2-aa06-00c04f8eedd8"),
        ("ms-Exch-Hide-From-Address-Lists", "msExchHideFromAddressLists", EXCHANGE + "73", BOOLEAN,
         True, None, 16, "a21c0b96-b093-11d2-aa06-00c04f8eedd8"),
        ("ms-Exch-Mailbox-Guid", "msExchMailboxGuid", EXCHANGE + "11058", OCTETS, True, (16, 16), 9,
         "9333af48-b09e-11d2-aa06-00c04f8eedd8"),
        ("ms-Exch-Recipient-Display-Type", "msExchRecipientDisplayType", EXCHANGE + "50730",
         INTEGER, True, None, 1, "b893abb0-767e-4f20-915f-3857bbc96afe"),
        ("ms-Exch-Recipient-Type-Details", "msExchRecipientTypeDetails", EXCHANGE + "50855",
         LARGE_INTEGER, True, None, 1, "069ba1f8-540a-42a9-bf26-a7dd35475346"),
        ("ms-Exch-Remote-Recipient-Type", "msExchRemoteRecipientType", EXCHANGE + "51611",
         LARGE_INTEGER, True, None, 0, None),
    ]
    guid_bytes = ["67", "69", "6a", "6b", "6c", "6d", "6e", "6f", "70", "68"]
    for n in range(1, 16):
        if n <= 10:
            oid, high = f"1.2.840.113556.1.2.{422 + n}", 1024
            guid = f"bf9679{guid_bytes[n - 1]}-0de6-11d0-a285-00aa003049e2"
        else:
            oid, high = f"1.2.840.113556.1.2.{588 + n}", 2048
            guid = f"167757{0xf6 + n - 11:02x}-47f3-11d1-a9c3-0000f80367c1"
        rows.append((f"ms-Exch-Extension-Attribute-{n}", f"extensionAttribute{n}", oid, TEXT, True,
                     (1, high), 16, guid))
    for n in range(1, 6):
        rows.append((f"ms-Exch-Extension-Custom-Attribute-{n}",
                     f"msExchExtensionCustomAttribute{n}",
                     f"{EXCHANGE}{51875 + n}", TEXT, False, (1, 2048), 1, None))
    return rows


def attribute_records(schema_dn):
    """An LDIF record for each attribute."""
    for cn, name, oid, (syntax, om_syntax), single, limits, search_flags, guid in attributes():
        guid_octets = uuid.UUID(guid).bytes_le if guid else uuid.uuid5(
            uuid.NAMESPACE_OID, oid).bytes_le
        property_set = (EXCHANGE_INFORMATION if oid.startswith(EXCHANGE + "5")
                        else PUBLIC_INFORMATION)
        record = {
            "objectClass": "attributeSchema", "attributeID": oid, "attributeSyntax": syntax,
            "oMSyntax": om_syntax, "isSingleValued": str(single).upper(), "lDAPDisplayName": name,
            "adminDisplayName": cn, "searchFlags": search_flags,
            "isMemberOfPartialAttributeSet": "TRUE", "showInAdvancedViewOnly": "TRUE",
        }
        if limits:
            record["rangeLower"], record["rangeUpper"] = limits
        lines = [f"dn: CN={cn},{schema_dn}"]
        lines += [f"{key}: {value}" for key, value in record.items()]
        lines.append("schemaIDGUID:: " + base64.b64encode(guid_octets).decode())
        lines.append("attributeSecurityGUID:: "
                     + base64.b64encode(uuid.UUID(property_set).bytes_le).decode())
        yield "\n".join(lines) + "\n\n"


def class_change(schema_dn):
    """Mail-Recipient is an auxiliary class of user, group and contact."""
    names = "".join(f"mayContain: {row[1]}\n" for row in attributes())
    return (f"dn: CN=Mail-Recipient,{schema_dn}\nchangetype: modify\nadd: mayContain\n"
            f"{names}mayContain: mail\nmayContain: proxyAddresses\n")
