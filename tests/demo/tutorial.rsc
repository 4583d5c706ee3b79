# 2025-11-02 09:14:27 by RouterOS 7.16.1
# software id = AAAA-AAAA
#
# model = C53UiG+5HPaxD2HPaxD
# serial number = AAAAAAAAAAA
/interface bridge
add admin-mac=02:00:5E:00:53:01 auto-mac=no comment=defconf name=bridge
/interface pppoe-client
add add-default-route=yes disabled=no interface=ether1 name=ether1-pppoe-out1 \
    user=customer1
add add-default-route=yes default-route-distance=2 disabled=no interface=\
    ether2 name=ether2-pppoe-out2 user=customer2
add add-default-route=yes default-route-distance=3 disabled=no interface=\
    ether3 name=ether3-pppoe-out3 user=customer3
add add-default-route=yes default-route-distance=4 disabled=no interface=\
    ether4 name=ether4-pppoe-out4 user=customer4
add add-default-route=yes default-route-distance=5 disabled=no interface=\
    ether5 name=ether5-pppoe-out5 user=customer5
/interface list
add comment=defconf name=WAN
add comment=defconf name=LAN
/ip pool
add name=default-dhcp ranges=192.168.0.10-192.168.0.254
/ip dhcp-server
add address-pool=default-dhcp interface=bridge name=defconf
/routing table
add disabled=no fib name=ecmp
/ip settings
set ipv4-multipath-hash-policy=l4
/ipv6 settings
set multipath-hash-policy=l4
/interface list member
add comment=defconf interface=bridge list=LAN
add interface=ether1-pppoe-out1 list=WAN
add interface=ether2-pppoe-out2 list=WAN
add interface=ether3-pppoe-out3 list=WAN
add interface=ether4-pppoe-out4 list=WAN
add interface=ether5-pppoe-out5 list=WAN
/ip address
add address=192.168.0.1/24 comment=defconf interface=bridge network=\
    192.168.0.0
/ip dhcp-server network
add address=192.168.0.0/24 comment=defconf dns-server=192.168.0.1 gateway=\
    192.168.0.1
/ip firewall filter
add action=accept chain=input comment=\
    "defconf: accept established,related,untracked" connection-state=\
    established,related,untracked
add action=drop chain=input comment="defconf: drop all not coming from LAN" \
    in-interface-list=!LAN
add action=drop chain=forward comment=\
    "defconf: drop all from WAN not DSTNATed" connection-nat-state=!dstnat \
    connection-state=new in-interface-list=WAN
/ip firewall nat
add action=masquerade chain=srcnat comment="defconf: masquerade" \
    ipsec-policy=out,none out-interface-list=WAN
/ip route
add disabled=no distance=1 dst-address=0.0.0.0/0 gateway=ether1-pppoe-out1 \
    pref-src="" routing-table=ecmp scope=30 suppress-hw-offload=no \
    target-scope=10
add disabled=no distance=1 dst-address=0.0.0.0/0 gateway=ether2-pppoe-out2 \
    pref-src="" routing-table=ecmp scope=30 suppress-hw-offload=no \
    target-scope=10
add disabled=no distance=1 dst-address=0.0.0.0/0 gateway=ether3-pppoe-out3 \
    pref-src="" routing-table=ecmp scope=30 suppress-hw-offload=no \
    target-scope=10
add disabled=no distance=1 dst-address=0.0.0.0/0 gateway=ether4-pppoe-out4 \
    pref-src="" routing-table=ecmp scope=30 suppress-hw-offload=no \
    target-scope=10
add disabled=no distance=1 dst-address=0.0.0.0/0 gateway=ether5-pppoe-out5 \
    pref-src="" routing-table=ecmp scope=30 suppress-hw-offload=no \
    target-scope=10
/routing rule
add action=lookup disabled=no min-prefix=0 table=main
add action=lookup comment="Thuy's IP" disabled=no dst-address=0.0.0.0/0 \
    src-address=192.168.0.244/32 table=main
add action=lookup disabled=no dst-address=0.0.0.0/0 src-address=\
    192.168.0.0/24 table=ecmp
/system clock
set time-zone-name=Asia/Ho_Chi_Minh
/system identity
set name=router
/system note
set show-at-login=no
/tool mac-server
set allowed-interface-list=LAN
