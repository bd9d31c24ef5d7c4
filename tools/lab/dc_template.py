#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a freshly provisioned Samba AD DC into ad_lab's: Exchange's schema, no password policy,
service principals for every lab address, the tenant's OU, and an account that may write the managed
attributes of users in it. The server must not run.
   dc_template.py SMB_CONF SAM_LDB SERVICE_PASSWORD
"""
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

import dc_exchange

USER_CLASS = "bf967aba-0de6-11d0-a285-00aa003049e2"
SERVICE_ACCOUNT = "svc-trueup"
FIRST_ADDRESS, LAST_ADDRESS = 10, 29    # of 127.0.0.x, as in ad_lab


def open_database(smb_conf, path):
    """Anew after each step of the schema, which is read when the database is opened."""
    lp = LoadParm()
    lp.load(smb_conf)
    lp.set("dsdb:schema update allowed", "true")
    return SamDB(url=path, session_info=system_session(), lp=lp, flags=ldb.FLG_NOSYNC,
                 global_schema=False)


def in_one_transaction(db, work):
    db.transaction_start()
    try:
        work()
    except BaseException:
        db.transaction_cancel()
        raise
    db.transaction_commit()


def relax_passwords(db):
    """Nothing expires: a cached template is used for years."""
    db.modify_ldif(f"""dn: {db.domain_dn()}
changetype: modify
replace: maxPwdAge
maxPwdAge: -9223372036854775808
-
replace: minPwdAge
minPwdAge: 0
-
replace: minPwdLength
minPwdLength: 0
-
replace: pwdHistoryLength
pwdHistoryLength: 0
-
replace: pwdProperties
pwdProperties: 0
""")


def add_service_principals(db):
    """samba_spnupdate, which would add them, needs a DNS."""
    hosts = ["dc1.lab.test", "DC1", "localhost"]
    hosts += [f"127.0.0.{n}" for n in range(FIRST_ADDRESS, LAST_ADDRESS + 1)]
    names = [f"ldap/{host}" for host in hosts]
    # What a replica replicates from, [MS-DRSR] 2.2.3.2.
    names.append(f"E3514235-4B06-11D1-AB04-00C04FC2DCD2/{db.get_ntds_GUID()}/lab.test")
    db.modify_ldif(f"dn: CN=DC1,OU=Domain Controllers,{db.domain_dn()}\nchangetype: modify\n"
                   "add: servicePrincipalName\n"
                   + "".join(f"servicePrincipalName: {name}\n" for name in names))


def grant(db, dn, aces):
    """Puts `aces` (SDDL) before those that `dn` has."""
    found = db.search(dn, ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"])[0]
    descriptor = ndr_unpack(security.descriptor, found["nTSecurityDescriptor"][0])
    domain_sid = security.dom_sid(db.get_domain_sid())
    text = descriptor.as_sddl(domain_sid)
    at = text.index("(", text.index("D:"))
    descriptor = security.descriptor.from_sddl(text[:at] + aces + text[at:], domain_sid)
    change = ldb.Message(ldb.Dn(db, dn))
    change["nTSecurityDescriptor"] = ldb.MessageElement(
        ndr_pack(descriptor), ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
    db.modify(change)


def delegate(db, password):
    """While the OU is empty: the rights are copied to every object below it."""
    domain = db.domain_dn()
    tenant = f"OU=Tenant,{domain}"
    db.add_ldif(f"dn: {tenant}\nobjectClass: organizationalUnit\n\n"
                f"dn: OU=Service Accounts,{domain}\nobjectClass: organizationalUnit\n\n")
    db.newuser(SERVICE_ACCOUNT, password, userou="OU=Service Accounts")
    account = db.search(domain, expression=f"(sAMAccountName={SERVICE_ACCOUNT})",
                        attrs=["objectSid"])[0]
    sid = ndr_unpack(security.dom_sid, account["objectSid"][0])
    names = "".join(f"(lDAPDisplayName={name})" for name in dc_exchange.MANAGED)
    found = db.search(db.get_schema_basedn(), expression=f"(|{names})", attrs=["schemaIDGUID"])
    if len(found) != len(dc_exchange.MANAGED):
        sys.exit(f"the schema knows {len(found)} of {len(dc_exchange.MANAGED)} managed attributes")
    guids = [db.schema_format_value("schemaIDGUID", row["schemaIDGUID"][0]).decode()
             for row in found]
    grant(db, tenant, f"(A;CI;RPLCLORC;;;{sid})" + "".join(
        f"(OA;CIIO;WP;{guid};{USER_CLASS};{sid})" for guid in guids))


def main():
    smb_conf, path, password = sys.argv[1:]
    db = open_database(smb_conf, path)
    schema_dn = str(db.get_schema_basedn())
    in_one_transaction(db, lambda: [db.add_ldif(record)
                                    for record in dc_exchange.attribute_records(schema_dn)])
    db = open_database(smb_conf, path)
    db.modify_ldif(dc_exchange.class_change(schema_dn))
    db = open_database(smb_conf, path)

    def accounts():
        relax_passwords(db)
        add_service_principals(db)
        delegate(db, password)
    in_one_transaction(db, accounts)


if __name__ == "__main__":
    main()
