"""Text views as routers show them, written for the tests, and what they hold."""

import json

__all__ = [
    "BGPDUMP",
    "BIRD1",
    "BIRD2",
    "BIRD3",
    "BIRD_LOOKING_GLASS",
    "EOS",
    "FRR_DETAIL",
    "FRR_TABLE",
    "IOS",
    "IOS_ENTRY",
    "NXOS_ENTRY",
    "OPENBGPD",
    "OWN_ROUTEROS",
    "ROUTEROS",
    "VIEWS",
]

#: What an outside looking glass shows of a prefix of the running example.
BIRD_LOOKING_GLASS = b"""\
BIRD 2.0.12 ready.
Table master4:
91.208.207.0/24      unicast [transit2 2026-05-01] * (100) [AS213394i]
\tvia 192.0.2.29 on eth0
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 29075 213394
\tBGP.next_hop: 192.0.2.29
\tBGP.med: 161
\tBGP.local_pref: 40
\tBGP.community: (0,0) (29075,18000) (65535,65281)
"""

#: What the router of the running example shows of the way out.
OWN_ROUTEROS = b"""\
Flags: X - disabled, F - filtered, U - unreachable, A - active;
c - connect, s - static, r - rip, b - bgp, o - ospf, d - dhcp, v - vpn, m - modem, a - ldp-address, l - l
dp-mapping, g - slaac, y - bgp-mpls-vpn;
H - hw-offloaded; + - ecmp, B - blackhole
 Ab   afi=ip4 contribution=active dst-address=5.39.0.0/17 routing-table=main pref-src=""
       gateway=192.0.2.33 immediate-gw=192.0.2.33%sfp-sfpplus1 distance=20 scope=40 target-scope=10
       belongs-to="bgp-IP-192.0.2.33"
       bgp.session=lumen-1 .as-path="3356,16276" .communities=3356:3,3356:22,3356:86,335
       6:575,3356:666 .large-communities=64500:1:2 .med=0 .atomic-aggregate=no .origin=igp
       debug.fwp-ptr=0x202C2000
"""

BIRD1 = b"""\
BIRD 1.6.8 ready.
192.0.2.0/24       via 198.51.100.1 on eth0 [edge1 2025-01-21 08:00:00] * (100) [AS64501i]
\tType: BGP unicast univ
\tBGP.origin: IGP
\tBGP.as_path: 64500 64501 {64502 64503}
\tBGP.next_hop: 198.51.100.1
\tBGP.med: 0
\tBGP.local_pref: 100
\tBGP.community: (64500,1) (64500,2)
\t\t(64500,3)
\tBGP.large_community: (64500, 1, 2) (64500, 3, 4)
\tBGP.ext_community: (rt, 64500, 7) (ro, 192.0.2.1, 8) (rt, 4200000000, 9) (generic, 0x43000000, 0x1)
                   via 198.51.100.2 on eth0 [edge2 2025-01-21 08:00:00 from 198.51.100.9] (100) [AS64501?]
\tType: BGP unicast univ
\tBGP.origin: Incomplete
\tBGP.as_path: 64510 64501
\tBGP.next_hop: 198.51.100.2
\tBGP.local_pref: 90
\tBGP.atomic_aggr:\x20
\tBGP.aggregator: 203.0.113.1 AS64501
203.0.113.0/24     blackhole [static1 2025-01-01] * (200)
\tType: static univ
"""

BIRD2 = b"""\
BIRD 2.0.12 ready.
Table master4:
192.0.2.0/24         unicast [edge1 08:00:00.000] * (100) [AS64501i]
\tvia 198.51.100.1 on eth0
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 64500 64501 {64502 64503}
\tBGP.next_hop: 198.51.100.1
\tBGP.med: 0
\tBGP.local_pref: 100
\tBGP.community: (64500,1) (64500,2)
\t\t(64500,3)
\tBGP.large_community: (64500, 1, 2) (64500, 3, 4)
\tBGP.ext_community: (rt, 64500, 7) (ro, 192.0.2.1, 8) (rt, 4200000000, 9) (generic, 0x43000000, 0x1)
                     unicast [edge2 08:00:00.000 from 198.51.100.9] (100) [AS64501?]
\tvia 198.51.100.2 on eth0
\tvia 198.51.100.3 on eth1 weight 1
\tType: BGP univ
\tBGP.origin: Incomplete
\tBGP.as_path: 64510 64501
\tBGP.next_hop: 198.51.100.2
\tBGP.local_pref: 90
\tBGP.atomic_aggr:\x20
\tBGP.aggregator: 203.0.113.1 AS64501
203.0.113.0/24       blackhole [static1 2025-01-01] * (200)
\tType: static univ
"""

BIRD3 = b"""\
BIRD 3.0.1 ready.
Table master4:
192.0.2.0/24         unicast [edge1 08:00:00.000] * (100) [AS64501i]
\tvia 198.51.100.1 on eth0
\tpreference: 100
\tfrom: 198.51.100.1
\tsource: BGP
\tbgp_origin: IGP
\tbgp_path: 64500 64501 {64502 64503}
\tbgp_next_hop: 198.51.100.1
\tbgp_med: 0
\tbgp_local_pref: 100
\tbgp_community: (64500,1) (64500,2)
\t\t(64500,3)
\tbgp_large_community: (64500, 1, 2) (64500, 3, 4)
\tbgp_ext_community: (rt, 64500, 7) (ro, 192.0.2.1, 8) (rt, 4200000000, 9) (generic, 0x43000000, 0x1)
\tInternal route handling values: 0L 0G 0S id 1
                     unicast [edge2 08:00:00.000] (100) [AS64501?]
\tvia 198.51.100.2 on eth0
\tpreference: 100
\tfrom: 198.51.100.9
\tsource: BGP
\tbgp_origin: Incomplete
\tbgp_path: 64510 64501
\tbgp_next_hop: 198.51.100.2
\tbgp_local_pref: 90
\tbgp_atomic_aggr:\x20
\tbgp_aggregator: 203.0.113.1 AS64501
\tInternal route handling values: 0L 0G 0S id 2
203.0.113.0/24       blackhole [static1 2025-01-01] * (200)
\tpreference: 200
\tsource: static
"""

ROUTEROS = b"""\
Flags: X - disabled, F - filtered, U - unreachable, A - active;
c - connect, s - static, b - bgp;
H - hw-offloaded; + - ecmp, B - blackhole
 Ab   afi=ip4 contribution=active dst-address=192.0.2.0/24 routing-table=main gateway=198.51.100.1
       immediate-gw=198.51.100.1%ether1 distance=20 scope=40 belongs-to="bgp-IP-198.51.100.1"
       bgp.session=edge1 .as-path="64500,64501,{64502,64503}" .communities=64500:1,no-export
       .large-communities=64500:1:2,64500:3:4 .ext-communities=rt:64500:7,soo:192.0.2.1:8
       .local-pref=100 .med=5 .aggregator="64501:203.0.113.1" .originator-id=203.0.113.7
       .cluster-list=203.0.113.8,203.0.113.9 .atomic-aggregate=yes .origin=egp
       debug.fwp-ptr=0x20242300

 Fb   afi=ip6 contribution=filtered dst-address=2001:db8::/32 routing-table=main
       gateway=fe80::1%ether1 distance=20 belongs-to="BGP IP6 routes from 2001:db8:ffff::1" rpki=invalid
       bgp.peer-cache-id=*B000002 .as-path="64510,645
       01" .origin=incomplete
  b   afi=ip4 contribution=candidate dst-address=192.0.2.0/24 routing-table=main gateway=198.51.100.2
       belongs-to="bgp-IP-198.51.100.2" bgp.session=edge2 .as-path="64510,64501" .origin=igp
 As + afi=ip4 contribution=active dst-address=0.0.0.0/0 routing-table=main pref-src="" gateway=10.0.0.1
       distance=1 belongs-to="Static route"
 Ab   afi=vpn4 contribution=active dst-address=10.1.0.0/16&64500:1 routing-table=main
       belongs-to="bgp-VPN4-198.51.100.4" bgp.as-path="64511"
 Ab   afi=ip4 contribution=active dst-address=10.2.0.0/16 routing-table=customer
       belongs-to="bgp-IP-198.51.100.5" bgp.as-path="64512"
"""

BGPDUMP = b"""\
TABLE_DUMP2|1737460800|B|198.51.100.1|64500|192.0.2.0/24|64500 64501 {64502,64503}|IGP|198.51.100.1|0|0|64500:1 no-export|NAG||
TABLE_DUMP2|1737460800|B|198.51.100.2|64510|192.0.2.0/24|64510 (64520 64521) 64501|EGP|198.51.100.2|90|7||AG|64501 203.0.113.1|
TABLE_DUMP2_AP|1737460801|B|2001:db8::1|64500|2001:db8::/32|5|64500 64501|INCOMPLETE|2001:db8::9|0|0|64500:1:2|NAG||
"""

FRR_TABLE = json.dumps(
    {
        "vrfName": "default",
        "routerId": "10.0.0.1",
        "localAS": 64999,
        "routes": {
            "192.0.2.0/24": [
                {
                    "valid": True,
                    "bestpath": True,
                    "pathFrom": "external",
                    "network": "192.0.2.0/24",
                    "metric": 5,
                    "locPrf": 100,
                    "peerId": "198.51.100.1",
                    "path": "64500 64501 {64502,64503}",
                    "origin": "IGP",
                    "nexthops": [{"ip": "198.51.100.1", "afi": "ipv4", "used": True}],
                }
            ],
            "10.0.0.0/8": [
                {"peerId": "(unspec)", "path": "", "origin": "incomplete", "weight": 32768}
            ],
        },
    },
    indent=2,
).encode()

FRR_DETAIL = json.dumps(
    {
        "routes": {
            "2001:db8::/32": [
                {
                    "aspath": {"string": "64500 64501", "segments": [{}], "length": 2},
                    "origin": "EGP",
                    "metric": 0,
                    "locPrf": 90,
                    "atomicAggregate": True,
                    "aggregatorAs": 64501,
                    "aggregatorId": "203.0.113.1",
                    "community": {"string": "64500:1 no-export", "list": ["64500:1", "noExport"]},
                    "largeCommunity": {"list": ["64500:1:2"]},
                    "extendedCommunity": {"string": "RT:64500:7 SoO:192.0.2.1:8"},
                    "originatorId": "203.0.113.7",
                    "clusterList": {"list": ["203.0.113.8"]},
                    "addpathRxId": 3,
                    "otc": 64500,
                    "nexthops": [
                        {"ip": "2001:db8::1", "scope": "global"},
                        {"ip": "fe80::1", "scope": "link-local"},
                    ],
                    "peer": {
                        "peerId": "2001:db8::1",
                        "routerId": "203.0.113.50",
                        "hostname": "r2",
                    },
                }
            ]
        }
    }
).encode()

OPENBGPD = json.dumps(
    {
        "rib": [
            {
                "prefix": "192.0.2.0/24",
                "aspath": "64500 64501 { 64502 64503 }",
                "exit_nexthop": "198.51.100.1",
                "true_nexthop": "198.51.100.254",
                "neighbor": {
                    "description": "edge1",
                    "remote_addr": "198.51.100.1",
                    "bgp_id": "203.0.113.50",
                },
                "origin": "IGP",
                "metric": 0,
                "localpref": 100,
                "communities": ["64500:1", "NO_EXPORT"],
                "large_communities": ["64500:1:2"],
                "extended_communities": ["rt 64500:7", "[0] 0x8000000000000000"],
                "attributes": [
                    {"type": "Aggregator", "AS": 64501, "router_id": "203.0.113.1"},
                    {"type": "Atomic Aggregate"},
                    {"type": "OTC", "as": 64500},
                ],
            },
            {
                "prefix": "10.0.0.0/8",
                "aspath": "",
                "exit_nexthop": "0.0.0.0",
                "neighbor": {
                    "description": "LOCAL",
                    "remote_addr": "0.0.0.0",
                    "bgp_id": "10.0.0.1",
                },
                "origin": "IGP",
                "metric": 0,
                "localpref": 100,
            },
        ]
    }
).encode()

IOS = b"""\
router#show ip bgp
BGP table version is 7, local router ID is 10.0.0.1
Status codes: s suppressed, d damped, h history, * valid, > best, i - internal,
              r RIB-failure, S Stale, m multipath, b backup-path
Origin codes: i - IGP, e - EGP, ? - incomplete

     Network          Next Hop            Metric LocPrf Weight Path
 *>  10.0.0.0         0.0.0.0                  0         32768 i
 *>  192.0.2.0        198.51.100.1             5             0 64500 64501 {64502,64503} i
 *                    198.51.100.2                    90      0 64510 64501 ?
 *>i 198.51.100.128/25
                      198.51.100.3             0    100      0 65000.1 e
 *>  2001:DB8::/32    2001:DB8:FFFF:FFFF::1
                                                             0 64500 64501 i

Total number of prefixes 4
"""

EOS = b"""\
BGP routing table information for VRF default
Router identifier 10.0.0.1, local AS number 64999
Route status codes: s - suppressed, * - valid, > - active, E - ECMP head, e - ECMP
                    S - Stale, c - Contributing to ECMP, b - backup
Origin codes: i - IGP, e - EGP, ? - incomplete
AS Path Attributes: Or-ID - Originator ID, C-LST - Cluster List, LL Nexthop - Link Local Nexthop

          Network                Next Hop              Metric  AIGP       LocPref Weight  Path
 * >      10.0.0.0/8             -                     0       -          -       0       i
 * >      192.0.2.0/24           198.51.100.1          5       -          100     0       64500 64501 i Or-ID: 203.0.113.7 C-LST: 203.0.113.8
BGP routing table information for VRF customer
          Network                Next Hop              Metric  AIGP       LocPref Weight  Path
 * >      10.9.0.0/16            198.51.100.9          0       -          100     0       64512 i
"""

IOS_ENTRY = b"""\
BGP routing table entry for 192.0.2.0/24, version 5
Paths: (2 available, best #1, table default)
  Advertised to update-groups:
     1
  Refresh Epoch 1
  64500 64501, (aggregated by 64501 203.0.113.1)
    198.51.100.1 from 198.51.100.1 (203.0.113.50)
      Origin IGP, metric 5, localpref 100, valid, external, atomic-aggregate, best
      Community: 64500:1 no-export 4226088962
        64500:2
      Extended Community: RT:64500:7
      Large Community: 64500:1:2
      rx pathid: 0, tx pathid: 0x0
  Local
    0.0.0.0 from 0.0.0.0 (10.0.0.1)
      Origin incomplete, metric 0, localpref 100, weight 32768, valid, sourced, local
      Originator: 203.0.113.7, Cluster list: 203.0.113.8 203.0.113.9
"""

NXOS_ENTRY = b"""\
BGP routing table information for VRF default, address family IPv4 Unicast
BGP routing table entry for 192.0.2.0/24, version 5
Paths: (2 available, best #1)
Flags: (0x8008001a) (high32 00000000) on xmit-list, is in urib, is best urib route, is in HW

  Advertised path-id 1
  Path type: external, path is valid, is best path, no labeled nexthop, in rib
  AS-Path: 64500 65000.1 , path sourced external to AS
    198.51.100.1 (metric 0) from 198.51.100.1 (203.0.113.50)
      Origin IGP, MED not set, localpref 100, weight 0
      Aggregated by 203.0.113.1, aggregator AS 64501
      Community: 64500:1
      Extcommunity: RT:64500:7

  Path type: local, path is valid, not best reason: Weight, no labeled nexthop
  AS-Path: NONE, path locally originated
    0.0.0.0 (metric 0) from 0.0.0.0 (10.0.0.1)
      Origin IGP, MED 7, localpref 100, weight 32768

  Path-id 1 advertised to peers:
    198.51.100.4       198.51.100.5
"""

#: Every view by name, with the format that is told by its text.
VIEWS = {
    "bgpdump": ("bgpdump", BGPDUMP),
    "bird-looking-glass": ("bird", BIRD_LOOKING_GLASS),
    "bird1": ("bird", BIRD1),
    "bird2": ("bird", BIRD2),
    "bird3": ("bird", BIRD3),
    "own-routeros": ("routeros", OWN_ROUTEROS),
    "routeros": ("routeros", ROUTEROS),
    "frr-table": ("frr-json", FRR_TABLE),
    "frr-detail": ("frr-json", FRR_DETAIL),
    "openbgpd": ("openbgpd-json", OPENBGPD),
    "ios": ("cisco", IOS),
    "eos": ("cisco", EOS),
    "ios-entry": ("cisco", IOS_ENTRY),
    "nxos-entry": ("cisco", NXOS_ENTRY),
}
