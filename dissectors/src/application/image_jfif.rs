//! JPEG images: ITU-T T.81 and, for the file around them, ITU-T T.871 (JFIF).

use super::{ascii, image};
use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Stop, Value, value::named,
};
use memchr::memchr;
use nom::{
    bytes::take,
    number::{be_u8, be_u16},
};

/// JPEG File Interchange Format.
pub const DISSECTOR: Dissector = Dissector {
    name: "image-jfif",
    label: "JPEG File Interchange Format",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[Selector::media("image/jpeg"), Selector::media("image/jpg")],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("image-jfif.marker").names(&[Marker::NAMES]),
    FieldDef::none("image-jfif.header.sos"),
    FieldDef::none("image-jfif.header.comment"),
    FieldDef::string("image-jfif.comment"),
    FieldDef::none("image-jfif.sof"),
    FieldDef::none("image-jfif.marker_segment"),
    FieldDef::u16("image-jfif.length"),
    FieldDef::bytes("image-jfif.remain_seg_data"),
    FieldDef::string("image-jfif.identifier"),
    FieldDef::none("image-jfif.version"),
    FieldDef::u8("image-jfif.version.major"),
    FieldDef::u8("image-jfif.version.minor"),
    FieldDef::u8("image-jfif.units").names(&[Units::NAMES]),
    FieldDef::u16("image-jfif.Xdensity"),
    FieldDef::u16("image-jfif.Ydensity"),
    FieldDef::u16("image-jfif.Xthumbnail"),
    FieldDef::u16("image-jfif.Ythumbnail"),
    FieldDef::bytes("image-jfif.RGB"),
    FieldDef::hex8("image-jfif.extension.code").names(&[Thumbnail::NAMES]),
    FieldDef::u8("image-jfif.sof.precision"),
    FieldDef::u16("image-jfif.sof.lines"),
    FieldDef::u16("image-jfif.sof.samples_per_line"),
    FieldDef::u8("image-jfif.sof.nf"),
    FieldDef::u8("image-jfif.sof.c_i"),
    FieldDef::u8("image-jfif.sof.h_i"),
    FieldDef::u8("image-jfif.sof.v_i"),
    FieldDef::u8("image-jfif.sof.tq_i"),
    FieldDef::u8("image-jfif.sos.ns"),
    FieldDef::u8("image-jfif.sos.component_selector"),
    FieldDef::u8("image-jfif.sos.dc_entropy_selector"),
    FieldDef::u8("image-jfif.sos.ac_entropy_selector"),
    FieldDef::u8("image-jfif.sos.ss"),
    FieldDef::u8("image-jfif.sos.se"),
    FieldDef::u8("image-jfif.sos.ah"),
    FieldDef::u8("image-jfif.sos.al"),
    FieldDef::bytes("image-jfif.entropy_coded_segment"),
];

named! {
    /// ITU-T T.81, table B.1.
    Marker(u16, Hex(4)) {
        SOF0 = 0xffc0 => "Start of Frame (non-differential, Huffman coding) - Baseline DCT",
        SOF1 = 0xffc1 => "Start of Frame (non-differential, Huffman coding) - Extended sequential DCT",
        SOF2 = 0xffc2 => "Start of Frame (non-differential, Huffman coding) - Progressive DCT",
        SOF3 = 0xffc3 => "Start of Frame (non-differential, Huffman coding) - Lossless (sequential)",
        DHT = 0xffc4 => "Define Huffman table(s)",
        SOF5 = 0xffc5 => "Start of Frame (differential, Huffman coding) - Differential sequential DCT",
        SOF6 = 0xffc6 => "Start of Frame (differential, Huffman coding) - Differential progressive DCT",
        SOF7 = 0xffc7 => "Start of Frame (differential, Huffman coding) - Differential lossless (sequential)",
        JPG = 0xffc8 => "Reserved for JPEG extensions",
        SOF9 = 0xffc9 => "Start of Frame (non-differential, arithmetic coding) - Extended sequential DCT",
        SOF10 = 0xffca => "Start of Frame (non-differential, arithmetic coding) - Progressive DCT",
        SOF11 = 0xffcb => "Start of Frame (non-differential, arithmetic coding) - Lossless (sequential)",
        DAC = 0xffcc => "Define arithmetic coding conditioning(s)",
        SOF13 = 0xffcd => "Start of Frame (differential, arithmetic coding) - Differential sequential DCT",
        SOF14 = 0xffce => "Start of Frame (differential, arithmetic coding) - Differential progressive DCT",
        SOF15 = 0xffcf => "Start of Frame (differential, arithmetic coding) - Differential lossless (sequential)",
        SOI = 0xffd8 => "Start of Image",
        EOI = 0xffd9 => "End of Image",
        SOS = 0xffda => "Start of Scan",
        DQT = 0xffdb => "Define quantization table(s)",
        DNL = 0xffdc => "Define number of lines",
        DRI = 0xffdd => "Define restart interval",
        DHP = 0xffde => "Define hierarchical progression",
        EXP = 0xffdf => "Expand reference component(s)",
        APP0 = 0xffe0 => "Reserved for application segments - 0",
        APP1 = 0xffe1 => "Reserved for application segments - 1",
        APP2 = 0xffe2 => "Reserved for application segments - 2",
        APP13 = 0xffed => "Reserved for application segments - 13",
        APP14 = 0xffee => "Reserved for application segments - 14",
        COM = 0xfffe => "Comment",
    }
    /// ITU-T T.871, section 10.1.
    Units(u8, Dec) {
        NONE = 0 => "No units; Xdensity and Ydensity specify the pixel aspect ratio",
        INCH = 1 => "Dots per inch",
        CENTIMETRE = 2 => "Dots per centimeter",
    }
    /// ITU-T T.871, section 10.2.
    Thumbnail(u8, Hex(2)) {
        JPEG = 0x10 => "Thumbnail encoded using JPEG",
        PALETTE = 0x11 => "Thumbnail encoded using 1 byte/pixel",
        RGB = 0x13 => "Thumbnail encoded using 3 bytes/pixel",
    }
}

const NAME: &str = "image-jfif.marker";

fn dissect(jpeg: &mut Layer) -> Outcome {
    if !jpeg.rest().starts_with(&Marker::SOI.0.to_be_bytes()) {
        return Ok(Next::Declined);
    }
    marker(jpeg)?;
    // Each segment takes at least its marker.
    while !jpeg.rest().is_empty() {
        let next = Marker(jpeg.peek(NAME, be_u16())?);
        match next {
            Marker::EOI => {
                marker(jpeg)?;
                jpeg.skip(jpeg.rest().len());
                return Ok(Next::Nothing);
            }
            Marker::SOS => {
                jpeg.group("image-jfif.header.sos", "Scan", |jpeg| segment(jpeg, scan))?;
                entropy_coded(jpeg)?;
            }
            Marker::COM => {
                jpeg.group("image-jfif.header.comment", "Comment", |jpeg| {
                    segment(jpeg, |jpeg| {
                        let length = jpeg.rest().len();
                        let name = "image-jfif.comment";
                        jpeg.field_shown(name, "Comment", take(length), ascii::text)
                            .map(drop)
                    })
                })?;
            }
            Marker(0xffc0..=0xffcf) if next.is_frame() => {
                jpeg.group("image-jfif.sof", "Frame", |jpeg| segment(jpeg, frame))?;
            }
            Marker(0xffc0..=0xfffe) => {
                jpeg.group("image-jfif.marker_segment", "Segment", |jpeg| {
                    jpeg.title(|| Value::from(next).to_string());
                    segment(jpeg, |jpeg| match next {
                        Marker::APP0 | Marker::APP1 | Marker::APP2 => application(jpeg),
                        _ => remaining(jpeg),
                    })
                })?;
            }
            _ => {
                image::is_none(jpeg, "segment");
                return Ok(Next::Nothing);
            }
        }
    }
    image::has_no_end(jpeg);
    Ok(Next::Nothing)
}

impl Marker {
    fn is_frame(self) -> bool {
        !matches!(self, Marker::DHT | Marker::JPG | Marker::DAC)
    }
}

fn marker(jpeg: &mut Layer) -> Result<(), Stop> {
    jpeg.field_shown(NAME, "Marker", be_u16(), |marker| Marker(marker).into())
        .map(drop)
}

/// ITU-T T.81, section B.1.1.4: the length counts itself.
fn segment(
    jpeg: &mut Layer,
    read: impl FnOnce(&mut Layer) -> Result<(), Stop>,
) -> Result<(), Stop> {
    marker(jpeg)?;
    let length = jpeg.field("image-jfif.length", "Length", be_u16())?;
    jpeg.within(usize::from(length).saturating_sub(2), read)
}

fn remaining(jpeg: &mut Layer) -> Result<(), Stop> {
    let length = jpeg.rest().len();
    match length {
        0 => Ok(()),
        _ => jpeg
            .field("image-jfif.remain_seg_data", "Contents", take(length))
            .map(drop),
    }
}

/// ITU-T T.871, section 10.
fn application(jpeg: &mut Layer) -> Result<(), Stop> {
    let rest = jpeg.rest();
    let Some(end) = memchr(0, rest) else {
        return remaining(jpeg);
    };
    let name = "image-jfif.identifier";
    let identifier = jpeg.field_shown(name, "Identifier", take(end + 1), ascii::text)?;
    match identifier {
        b"JFIF\0" => {
            jpeg.group("image-jfif.version", "Version", |jpeg| {
                let major = jpeg.field("image-jfif.version.major", "Major", be_u8())?;
                let minor = jpeg.field("image-jfif.version.minor", "Minor", be_u8())?;
                jpeg.title(|| format!("{major}.{minor:02}"));
                Ok(())
            })?;
            jpeg.field_shown("image-jfif.units", "Units", be_u8(), |units| {
                Units(units).into()
            })?;
            jpeg.field("image-jfif.Xdensity", "Density across", be_u16())?;
            jpeg.field("image-jfif.Ydensity", "Density down", be_u16())?;
            let x = jpeg.field("image-jfif.Xthumbnail", "Thumbnail's width", be_u8())?;
            let y = jpeg.field("image-jfif.Ythumbnail", "Thumbnail's height", be_u8())?;
            let pixels = 3 * usize::from(x) * usize::from(y);
            if pixels > 0 {
                jpeg.field("image-jfif.RGB", "Thumbnail", take(pixels))?;
            }
            remaining(jpeg)
        }
        b"JFXX\0" => {
            let name = "image-jfif.extension.code";
            jpeg.field_shown(name, "Extension", be_u8(), |code| Thumbnail(code).into())?;
            remaining(jpeg)
        }
        _ => remaining(jpeg),
    }
}

/// ITU-T T.81, section B.2.2.
fn frame(jpeg: &mut Layer) -> Result<(), Stop> {
    jpeg.field("image-jfif.sof.precision", "Bits a sample", be_u8())?;
    let lines = jpeg.field("image-jfif.sof.lines", "Lines", be_u16())?;
    let name = "image-jfif.sof.samples_per_line";
    let columns = jpeg.field(name, "Samples a line", be_u16())?;
    jpeg.title(|| format!("{columns} × {lines}"));
    let count = jpeg.field("image-jfif.sof.nf", "Components", be_u8())?;
    for _ in 0..count {
        jpeg.field("image-jfif.sof.c_i", "Component", be_u8())?;
        jpeg.word("image-jfif.sof.h_i", be_u8(), |bits| {
            bits.number("image-jfif.sof.h_i", "Sampling across", 0xf0);
            bits.number("image-jfif.sof.v_i", "Sampling down", 0x0f);
        })?;
        jpeg.field("image-jfif.sof.tq_i", "Quantization table", be_u8())?;
    }
    remaining(jpeg)
}

/// ITU-T T.81, section B.2.3.
fn scan(jpeg: &mut Layer) -> Result<(), Stop> {
    let count = jpeg.field("image-jfif.sos.ns", "Components", be_u8())?;
    for _ in 0..count {
        let name = "image-jfif.sos.component_selector";
        jpeg.field(name, "Component", be_u8())?;
        jpeg.word("image-jfif.sos.dc_entropy_selector", be_u8(), |bits| {
            let name = "image-jfif.sos.dc_entropy_selector";
            bits.number(name, "Table for DC", 0xf0);
            let name = "image-jfif.sos.ac_entropy_selector";
            bits.number(name, "Table for AC", 0x0f);
        })?;
    }
    jpeg.field("image-jfif.sos.ss", "First coefficient", be_u8())?;
    jpeg.field("image-jfif.sos.se", "Last coefficient", be_u8())?;
    jpeg.word("image-jfif.sos.ah", be_u8(), |bits| {
        bits.number("image-jfif.sos.ah", "Bit position, high", 0xf0);
        bits.number("image-jfif.sos.al", "Bit position, low", 0x0f);
    })?;
    Ok(())
}

/// Skips the data after a scan's header up to the next marker; restart markers are part of it.
fn entropy_coded(jpeg: &mut Layer) -> Result<(), Stop> {
    let rest = jpeg.rest();
    let mut at = 0;
    let end = loop {
        let Some(found) = memchr(0xff, rest.get(at..).unwrap_or_default()) else {
            break rest.len();
        };
        at += found;
        match rest.get(at + 1) {
            Some(0 | 0xd0..=0xd7 | 0xff) => at += 1,
            Some(_) => break at,
            None => break rest.len(),
        }
    };
    match end {
        0 => Ok(()),
        _ => {
            let name = "image-jfif.entropy_coded_segment";
            jpeg.field(name, "Entropy-coded data", take(end)).map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{bytes, served, words};

    const IMAGE: &str = "ffd8 ffe0 0010 4a46494600 0101 01 0060 0060 00 00
        fffe 0005 686921 ffc0 000b 08 0072 00da 01 01 22 00
        ffda 0008 01 01 00 00 3f 00 f8ad ff00 67 ffd0 7f ffd9";

    #[test]
    fn an_image() {
        let tree = served("image/jpeg", &bytes(IMAGE));
        for row in [
            "Identifier: JFIF",
            "Version: 1.01",
            "Units: Dots per inch (1)",
            "Comment: hi!",
            "Frame: 218 × 114",
            "Sampling across: 2",
            "Entropy-coded data: f8adff0067ffd07f",
            "Marker: End of Image (0xffd9)",
        ] {
            assert!(words(&tree, row), "{row}\n{tree}");
        }
    }

    #[test]
    fn broken_off() {
        let mut image = bytes(IMAGE);
        image.truncate(image.len() - 2);
        assert!(served("image/jpeg", &image).contains("the image has no end"));
        image.truncate(30);
        assert!(served("image/jpeg", &image).contains("malformed"));
        assert!(served("image/jpeg", b"no image").contains("Data: 8 bytes"));
    }
}
