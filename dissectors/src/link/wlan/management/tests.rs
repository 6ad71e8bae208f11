//! Management frames and their elements.

use crate::test_support::{cut, layer};

#[test]
fn a_beacon() {
    assert_eq!(
        layer(
            "wlan",
            105,
            "8000 0000 ffffffffffff 020000000002 020000000002 3000 0102030405060708 6400 3104 0004 686f6d65 0103 82840c 0301 06 0504 00010000 2a01 00 0706 4b5220 010d14 3014 0100 000fac04 0100 000fac04 0100 000fac02 0c00 dd05 0050f2 02 00"
        ),
        "\
         IEEE 802.11: Beacon frame, SSID: \"home\" [0..96]\n\
         \x20 Type and subtype: Beacon frame (0x0008) [0..1]\n\
         \x20 Frame control: 0x8000 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 8 [0..1]\n\
         \x20   Flags: 0x00 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is not protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20   Address: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20 Destination: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
         \x20   Address: 02:00:00:00:00:02 [10..16]\n\
         \x20 Source: 02:00:00:00:00:02 [10..16]\n\
         \x20 BSSID: 02:00:00:00:00:02 [16..22]\n\
         \x20   Address: 02:00:00:00:00:02 [16..22]\n\
         \x20 Fragment: 0 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Fixed part [24..36]\n\
         \x20   Time stamp, µs: 578437695752307201 [24..32]\n\
         \x20   Beacon interval: 100 (102400 µs) [32..34]\n\
         \x20   Capabilities: 0x0431 [34..36]\n\
         \x20     ESS: Transmitter is an AP [34..36]\n\
         \x20     IBSS: Transmitter belongs to a BSS [34..36]\n\
         \x20     Reserved 1: 0 [34..36]\n\
         \x20     Reserved 2: 0 [34..36]\n\
         \x20     Privacy: Data confidentiality required [34..36]\n\
         \x20     Short preamble: Allowed [34..36]\n\
         \x20     Reserved 3: 0 [34..36]\n\
         \x20     Reserved 4: 0 [34..36]\n\
         \x20     Spectrum management: Not Implemented [34..36]\n\
         \x20     QoS: Not Implemented [34..36]\n\
         \x20     Short slot time: In use [34..36]\n\
         \x20     APSD: Not Implemented [34..36]\n\
         \x20     Radio measurement: Not Implemented [34..36]\n\
         \x20     EPD: Not Implemented [34..36]\n\
         \x20     Reserved 5: 0 [34..36]\n\
         \x20     Reserved 6: 0 [34..36]\n\
         \x20 Elements [36..96]\n\
         \x20   Element: SSID parameter set [36..42]\n\
         \x20     Number: SSID parameter set (0) [36..37]\n\
         \x20     Length: 4 [37..38]\n\
         \x20     SSID: \"home\" [38..42]\n\
         \x20   Element: Supported Rates [42..47]\n\
         \x20     Number: Supported Rates (1) [42..43]\n\
         \x20     Length: 3 [43..44]\n\
         \x20     Rate: 1 Mbit/s, required [44..45]\n\
         \x20     Rate: 2 Mbit/s, required [45..46]\n\
         \x20     Rate: 6 Mbit/s [46..47]\n\
         \x20   Element: DS Parameter set [47..50]\n\
         \x20     Number: DS Parameter set (3) [47..48]\n\
         \x20     Length: 1 [48..49]\n\
         \x20     Channel: 6 [49..50]\n\
         \x20   Element: Traffic Indication Map (TIM) [50..56]\n\
         \x20     Number: Traffic Indication Map (TIM) (5) [50..51]\n\
         \x20     Length: 4 [51..52]\n\
         \x20     DTIM count: 0 [52..53]\n\
         \x20     DTIM period: 1 [53..54]\n\
         \x20     Bitmap control: 0x00 [54..55]\n\
         \x20       Multicast: False [54..55]\n\
         \x20       Offset: 0x00 [54..55]\n\
         \x20     Bitmap: 00 [55..56]\n\
         \x20   Element: ERP Information [56..59]\n\
         \x20     Number: ERP Information (42) [56..57]\n\
         \x20     Length: 1 [57..58]\n\
         \x20     ERP: 0x00 [58..59]\n\
         \x20       Others present: Not set [58..59]\n\
         \x20       Use protection: Not set [58..59]\n\
         \x20       Barker preamble: Not set [58..59]\n\
         \x20       Reserved: 0x00 [58..59]\n\
         \x20   Element: Country Information [59..67]\n\
         \x20     Number: Country Information (7) [59..60]\n\
         \x20     Length: 6 [60..61]\n\
         \x20     Country: KR [61..63]\n\
         \x20     Environment: 32 [63..64]\n\
         \x20     Channels [64..67]\n\
         \x20       First: 1 [64..65]\n\
         \x20       Number: 13 [65..66]\n\
         \x20       Power, dBm: 20 [66..67]\n\
         \x20   Element: RSN Information [67..89]\n\
         \x20     Number: RSN Information (48) [67..68]\n\
         \x20     Length: 20 [68..69]\n\
         \x20     Version: 1 [69..71]\n\
         \x20     Group cipher: AES (CCM) (4) [71..75]\n\
         \x20       Organization: 4012 [71..74]\n\
         \x20       Type: AES (CCM) (4) [74..75]\n\
         \x20     Number of suites: 1 [75..77]\n\
         \x20     Suites [77..81]\n\
         \x20       Pairwise cipher: AES (CCM) (4) [77..81]\n\
         \x20         Organization: 4012 [77..80]\n\
         \x20         Type: AES (CCM) (4) [80..81]\n\
         \x20     Number of suites: 1 [81..83]\n\
         \x20     Suites [83..87]\n\
         \x20       Key management: PSK (2) [83..87]\n\
         \x20         Organization: 4012 [83..86]\n\
         \x20         Type: PSK (2) [86..87]\n\
         \x20     Capabilities: 0x000c [87..89]\n\
         \x20       Pre-authentication: Transmitter does not support pre-authentication [87..89]\n\
         \x20       No pairwise: Transmitter can support WEP default key 0 simultaneously with Pairwise key [87..89]\n\
         \x20       PTKSA replay counters: 16 replay counters per PTKSA/GTKSA/STAKeySA (0x0003) [87..89]\n\
         \x20       GTKSA replay counters: 1 replay counter per PTKSA/GTKSA/STAKeySA (0x0000) [87..89]\n\
         \x20       Protection required: False [87..89]\n\
         \x20       Protection possible: False [87..89]\n\
         \x20       Joint multi-band RSNA: False [87..89]\n\
         \x20       PeerKey: False [87..89]\n\
         \x20       Extended key: Not supported [87..89]\n\
         \x20   Element: Vendor Specific [89..96]\n\
         \x20     Number: Vendor Specific (221) [89..90]\n\
         \x20     Length: 5 [90..91]\n\
         \x20     Organization: 00:50:f2 [91..94]\n\
         \x20     Type: 2 [94..95]\n\
         \x20     Data: 00 [95..96]\n"
    );
}

#[test]
fn asks_for_any_network() {
    assert_eq!(
        layer(
            "wlan",
            105,
            "4000 0000 ffffffffffff 020000000002 ffffffffffff 3200 0000"
        ),
        "\
         IEEE 802.11: Probe Request, SSID: any [0..26]\n\
         \x20 Type and subtype: Probe Request (0x0004) [0..1]\n\
         \x20 Frame control: 0x4000 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 4 [0..1]\n\
         \x20   Flags: 0x00 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is not protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20   Address: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20 Destination: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
         \x20   Address: 02:00:00:00:00:02 [10..16]\n\
         \x20 Source: 02:00:00:00:00:02 [10..16]\n\
         \x20 BSSID: ff:ff:ff:ff:ff:ff [16..22]\n\
         \x20   Address: ff:ff:ff:ff:ff:ff [16..22]\n\
         \x20 Fragment: 2 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Elements [24..26]\n\
         \x20   Element: SSID parameter set [24..26]\n\
         \x20     Number: SSID parameter set (0) [24..25]\n\
         \x20     Length: 0 [25..26]\n\
         \x20     SSID: any [26..26]\n"
    );
}

#[test]
fn asks_for_membership() {
    assert_eq!(
        layer(
            "wlan",
            105,
            "2000 0000 020000000001 020000000002 020000000001 3700 3104 0a00 0200000000aa 0004 686f6d65"
        ),
        "\
         IEEE 802.11: Reassociation Request, SSID: \"home\" [0..40]\n\
         \x20 Type and subtype: Reassociation Request (0x0002) [0..1]\n\
         \x20 Frame control: 0x2000 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 2 [0..1]\n\
         \x20   Flags: 0x00 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is not protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
         \x20   Address: 02:00:00:00:00:01 [4..10]\n\
         \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
         \x20   Address: 02:00:00:00:00:02 [10..16]\n\
         \x20 Source: 02:00:00:00:00:02 [10..16]\n\
         \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
         \x20   Address: 02:00:00:00:00:01 [16..22]\n\
         \x20 Fragment: 7 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Fixed part [24..34]\n\
         \x20   Capabilities: 0x0431 [24..26]\n\
         \x20     ESS: Transmitter is an AP [24..26]\n\
         \x20     IBSS: Transmitter belongs to a BSS [24..26]\n\
         \x20     Reserved 1: 0 [24..26]\n\
         \x20     Reserved 2: 0 [24..26]\n\
         \x20     Privacy: Data confidentiality required [24..26]\n\
         \x20     Short preamble: Allowed [24..26]\n\
         \x20     Reserved 3: 0 [24..26]\n\
         \x20     Reserved 4: 0 [24..26]\n\
         \x20     Spectrum management: Not Implemented [24..26]\n\
         \x20     QoS: Not Implemented [24..26]\n\
         \x20     Short slot time: In use [24..26]\n\
         \x20     APSD: Not Implemented [24..26]\n\
         \x20     Radio measurement: Not Implemented [24..26]\n\
         \x20     EPD: Not Implemented [24..26]\n\
         \x20     Reserved 5: 0 [24..26]\n\
         \x20     Reserved 6: 0 [24..26]\n\
         \x20   Listen interval: 0x000a [26..28]\n\
         \x20   Current AP: 02:00:00:00:00:aa [28..34]\n\
         \x20 Elements [34..40]\n\
         \x20   Element: SSID parameter set [34..40]\n\
         \x20     Number: SSID parameter set (0) [34..35]\n\
         \x20     Length: 4 [35..36]\n\
         \x20     SSID: \"home\" [36..40]\n"
    );
}

#[test]
fn is_refused() {
    assert_eq!(
        layer(
            "wlan",
            105,
            "1000 0000 020000000002 020000000001 020000000001 3600 3104 1100 01c0"
        ),
        "\
         IEEE 802.11: Association Response, Association denied because AP is unable to handle additional associated STAs (0x0011) [0..30]\n\
         \x20 Type and subtype: Association Response (0x0001) [0..1]\n\
         \x20 Frame control: 0x1000 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 1 [0..1]\n\
         \x20   Flags: 0x00 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is not protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: 02:00:00:00:00:02 [4..10]\n\
         \x20   Address: 02:00:00:00:00:02 [4..10]\n\
         \x20 Destination: 02:00:00:00:00:02 [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:01 [10..16]\n\
         \x20   Address: 02:00:00:00:00:01 [10..16]\n\
         \x20 Source: 02:00:00:00:00:01 [10..16]\n\
         \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
         \x20   Address: 02:00:00:00:00:01 [16..22]\n\
         \x20 Fragment: 6 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Fixed part [24..30]\n\
         \x20   Capabilities: 0x0431 [24..26]\n\
         \x20     ESS: Transmitter is an AP [24..26]\n\
         \x20     IBSS: Transmitter belongs to a BSS [24..26]\n\
         \x20     Reserved 1: 0 [24..26]\n\
         \x20     Reserved 2: 0 [24..26]\n\
         \x20     Privacy: Data confidentiality required [24..26]\n\
         \x20     Short preamble: Allowed [24..26]\n\
         \x20     Reserved 3: 0 [24..26]\n\
         \x20     Reserved 4: 0 [24..26]\n\
         \x20     Spectrum management: Not Implemented [24..26]\n\
         \x20     QoS: Not Implemented [24..26]\n\
         \x20     Short slot time: In use [24..26]\n\
         \x20     APSD: Not Implemented [24..26]\n\
         \x20     Radio measurement: Not Implemented [24..26]\n\
         \x20     EPD: Not Implemented [24..26]\n\
         \x20     Reserved 5: 0 [24..26]\n\
         \x20     Reserved 6: 0 [24..26]\n\
         \x20   Status: Association denied because AP is unable to handle additional associated STAs (0x0011) [26..28]\n\
         \x20   Association: 0x0001 [28..30]\n"
    );
}

#[test]
fn authenticates() {
    assert_eq!(
        layer(
            "wlan",
            105,
            "b000 0000 020000000001 020000000002 020000000001 3400 0100 0300 0000 1002 0102"
        ),
        "\
         IEEE 802.11: Authentication, Shared key, step 3 [0..34]\n\
         \x20 Type and subtype: Authentication (0x000b) [0..1]\n\
         \x20 Frame control: 0xb000 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 11 [0..1]\n\
         \x20   Flags: 0x00 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is not protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
         \x20   Address: 02:00:00:00:00:01 [4..10]\n\
         \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
         \x20   Address: 02:00:00:00:00:02 [10..16]\n\
         \x20 Source: 02:00:00:00:00:02 [10..16]\n\
         \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
         \x20   Address: 02:00:00:00:00:01 [16..22]\n\
         \x20 Fragment: 4 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Fixed part [24..30]\n\
         \x20   Algorithm: Shared key (1) [24..26]\n\
         \x20   Step: 0x0003 [26..28]\n\
         \x20   Status: Successful (0x0000) [28..30]\n\
         \x20 Elements [30..34]\n\
         \x20   Element: Challenge text [30..34]\n\
         \x20     Number: Challenge text (16) [30..31]\n\
         \x20     Length: 2 [31..32]\n\
         \x20     Challenge: 0102 [32..34]\n"
    );
}

#[test]
fn leaves() {
    assert_eq!(
        layer(
            "wlan",
            105,
            "c000 0000 020000000001 020000000002 020000000001 3800 0700"
        ),
        "\
         IEEE 802.11: Deauthentication, Class 3 frame received from nonassociated STA (0x0007) [0..26]\n\
         \x20 Type and subtype: Deauthentication (0x000c) [0..1]\n\
         \x20 Frame control: 0xc000 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 12 [0..1]\n\
         \x20   Flags: 0x00 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is not protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
         \x20   Address: 02:00:00:00:00:01 [4..10]\n\
         \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
         \x20   Address: 02:00:00:00:00:02 [10..16]\n\
         \x20 Source: 02:00:00:00:00:02 [10..16]\n\
         \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
         \x20   Address: 02:00:00:00:00:01 [16..22]\n\
         \x20 Fragment: 8 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Fixed part [24..26]\n\
         \x20   Reason: Class 3 frame received from nonassociated STA (0x0007) [24..26]\n"
    );
}

#[test]
fn asks_for_block_acknowledgments() {
    assert_eq!(
        layer(
            "wlan",
            105,
            "d000 0000 020000000001 020000000002 020000000001 3b00 0300 01 0210 0000 1000"
        ),
        "\
         IEEE 802.11: Action, Block Ack [0..33]\n\
         \x20 Type and subtype: Action (0x000d) [0..1]\n\
         \x20 Frame control: 0xd000 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 13 [0..1]\n\
         \x20   Flags: 0x00 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is not protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
         \x20   Address: 02:00:00:00:00:01 [4..10]\n\
         \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
         \x20   Address: 02:00:00:00:00:02 [10..16]\n\
         \x20 Source: 02:00:00:00:00:02 [10..16]\n\
         \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
         \x20   Address: 02:00:00:00:00:01 [16..22]\n\
         \x20 Fragment: 11 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Fixed part [24..33]\n\
         \x20   Category: Block Ack (3) [24..25]\n\
         \x20   Action: 0 [25..26]\n\
         \x20   Dialog: 0x01 [26..27]\n\
         \x20   Parameters: 0x1002 [27..29]\n\
         \x20     A-MSDU: Not Permitted [27..29]\n\
         \x20     Policy: Immediate Block Ack [27..29]\n\
         \x20     Traffic identifier: 0x0000 [27..29]\n\
         \x20     Buffers: 64 [27..29]\n\
         \x20   Timeout: 0x0000 [29..31]\n\
         \x20   Starting sequence: 0x0010 [31..33]\n\
         \x20     Fragment: 0 [31..33]\n\
         \x20     Sequence number: 1 [31..33]\n"
    );
}

#[test]
fn an_encrypted_one() {
    assert_eq!(
        layer(
            "wlan",
            105,
            "c040 0000 020000000001 020000000002 020000000001 3a00 01000020 01000000 0001"
        ),
        "\
         IEEE 802.11: Deauthentication, encrypted (CCMP or GCMP) [0..32]\n\
         \x20 Type and subtype: Deauthentication (0x000c) [0..1]\n\
         \x20 Frame control: 0xc040 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 12 [0..1]\n\
         \x20   Flags: 0x40 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
         \x20   Address: 02:00:00:00:00:01 [4..10]\n\
         \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
         \x20   Address: 02:00:00:00:00:02 [10..16]\n\
         \x20 Source: 02:00:00:00:00:02 [10..16]\n\
         \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
         \x20   Address: 02:00:00:00:00:01 [16..22]\n\
         \x20 Fragment: 10 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Encryption: CCMP or GCMP [24..32]\n\
         \x20   Packet number: 0x000000010001 [24..32]\n\
         \x20   Key: 0 [27..28]\n\
         \x20   Note: encrypted with CCMP or GCMP: the contents cannot be read without the key\n"
    );
}

#[test]
fn an_element_longer_than_the_frame() {
    assert_eq!(
        layer(
            "wlan",
            105,
            "8000 0000 ffffffffffff 020000000002 020000000002 3000 0102030405060708 6400 3104 0009 686f"
        ),
        "\
         IEEE 802.11: Beacon frame [0..38]\n\
         \x20 Type and subtype: Beacon frame (0x0008) [0..1]\n\
         \x20 Frame control: 0x8000 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 8 [0..1]\n\
         \x20   Flags: 0x00 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is not protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20   Address: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20 Destination: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
         \x20   Address: 02:00:00:00:00:02 [10..16]\n\
         \x20 Source: 02:00:00:00:00:02 [10..16]\n\
         \x20 BSSID: 02:00:00:00:00:02 [16..22]\n\
         \x20   Address: 02:00:00:00:00:02 [16..22]\n\
         \x20 Fragment: 0 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Fixed part [24..36]\n\
         \x20   Time stamp, µs: 578437695752307201 [24..32]\n\
         \x20   Beacon interval: 100 (102400 µs) [32..34]\n\
         \x20   Capabilities: 0x0431 [34..36]\n\
         \x20     ESS: Transmitter is an AP [34..36]\n\
         \x20     IBSS: Transmitter belongs to a BSS [34..36]\n\
         \x20     Reserved 1: 0 [34..36]\n\
         \x20     Reserved 2: 0 [34..36]\n\
         \x20     Privacy: Data confidentiality required [34..36]\n\
         \x20     Short preamble: Allowed [34..36]\n\
         \x20     Reserved 3: 0 [34..36]\n\
         \x20     Reserved 4: 0 [34..36]\n\
         \x20     Spectrum management: Not Implemented [34..36]\n\
         \x20     QoS: Not Implemented [34..36]\n\
         \x20     Short slot time: In use [34..36]\n\
         \x20     APSD: Not Implemented [34..36]\n\
         \x20     Radio measurement: Not Implemented [34..36]\n\
         \x20     EPD: Not Implemented [34..36]\n\
         \x20     Reserved 5: 0 [34..36]\n\
         \x20     Reserved 6: 0 [34..36]\n\
         \x20 Elements [36..38]\n\
         \x20   Element: SSID parameter set [36..38]\n\
         \x20     Number: SSID parameter set (0) [36..37]\n\
         \x20     Length: 9 [37..38]\n\
         \x20 Note: malformed: wlan.tag.length does not fit\n"
    );
}

#[test]
fn ends_in_an_element() {
    assert_eq!(
        cut(
            "wlan",
            105,
            "8000 0000 ffffffffffff 020000000002 020000000002 3000 0102030405060708 6400 3104 0004 686f",
            64
        ),
        "\
         IEEE 802.11: Beacon frame [0..40]\n\
         \x20 Type and subtype: Beacon frame (0x0008) [0..1]\n\
         \x20 Frame control: 0x8000 [0..2]\n\
         \x20   Version: 0 [0..1]\n\
         \x20   Type: Management frame (0) [0..1]\n\
         \x20   Subtype: 8 [0..1]\n\
         \x20   Flags: 0x00 [1..2]\n\
         \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
         \x20     To DS: Frame is not entering DS [1..2]\n\
         \x20     From DS: Frame is not exiting DS [1..2]\n\
         \x20     More fragments: This is the last fragment [1..2]\n\
         \x20     Retry: Frame is not being retransmitted [1..2]\n\
         \x20     Power management: STA will stay up [1..2]\n\
         \x20     More data: No data buffered [1..2]\n\
         \x20     Protected: Data is not protected [1..2]\n\
         \x20     HTC or order: Not strictly ordered [1..2]\n\
         \x20 Duration, µs: 0 [2..4]\n\
         \x20 Receiver: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20   Address: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20 Destination: ff:ff:ff:ff:ff:ff [4..10]\n\
         \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
         \x20   Address: 02:00:00:00:00:02 [10..16]\n\
         \x20 Source: 02:00:00:00:00:02 [10..16]\n\
         \x20 BSSID: 02:00:00:00:00:02 [16..22]\n\
         \x20   Address: 02:00:00:00:00:02 [16..22]\n\
         \x20 Fragment: 0 [22..24]\n\
         \x20 Sequence number: 3 [22..24]\n\
         \x20 Fixed part [24..36]\n\
         \x20   Time stamp, µs: 578437695752307201 [24..32]\n\
         \x20   Beacon interval: 100 (102400 µs) [32..34]\n\
         \x20   Capabilities: 0x0431 [34..36]\n\
         \x20     ESS: Transmitter is an AP [34..36]\n\
         \x20     IBSS: Transmitter belongs to a BSS [34..36]\n\
         \x20     Reserved 1: 0 [34..36]\n\
         \x20     Reserved 2: 0 [34..36]\n\
         \x20     Privacy: Data confidentiality required [34..36]\n\
         \x20     Short preamble: Allowed [34..36]\n\
         \x20     Reserved 3: 0 [34..36]\n\
         \x20     Reserved 4: 0 [34..36]\n\
         \x20     Spectrum management: Not Implemented [34..36]\n\
         \x20     QoS: Not Implemented [34..36]\n\
         \x20     Short slot time: In use [34..36]\n\
         \x20     APSD: Not Implemented [34..36]\n\
         \x20     Radio measurement: Not Implemented [34..36]\n\
         \x20     EPD: Not Implemented [34..36]\n\
         \x20     Reserved 5: 0 [34..36]\n\
         \x20     Reserved 6: 0 [34..36]\n\
         \x20 Elements [36..40]\n\
         \x20   Element: SSID parameter set [36..40]\n\
         \x20     Number: SSID parameter set (0) [36..37]\n\
         \x20     Length: 4 [37..38]\n\
         \x20 Note: cut by the capture's size limit inside wlan.ssid\n"
    );
}
