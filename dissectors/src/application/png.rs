//! Portable Network Graphics, ISO/IEC 15948 (W3C PNG Specification).

use crate::{
    Base, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop, Value,
    application::ascii, charset, value::named,
};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// Portable Network Graphics.
pub const DISSECTOR: Dissector = Dissector {
    name: "png",
    label: "Portable Network Graphics",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[Selector::media("image/png")],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::bytes("png.signature"),
    FieldDef::u32("png.chunk.len"),
    FieldDef::string("png.chunk.type"),
    FieldDef::flag("png.chunk.flag.ancillary").means("Ancillary", "Critical"),
    FieldDef::flag("png.chunk.flag.private").means("Private", "Public"),
    FieldDef::flag("png.chunk.flag.stc").means("Safe to copy", "Not safe to copy"),
    FieldDef::hex32("png.chunk.crc"),
    FieldDef::float("png.gama.gamma"),
    FieldDef::float("png.chrm.white.x"),
    FieldDef::float("png.chrm.white.y"),
    FieldDef::float("png.chrm.red.x"),
    FieldDef::float("png.chrm.red.y"),
    FieldDef::float("png.chrm.green.x"),
    FieldDef::float("png.chrm.green.y"),
    FieldDef::float("png.chrm.blue.x"),
    FieldDef::float("png.chrm.blue.y"),
    FieldDef::u8("png.srgb.intent").names(&[Intent::NAMES]),
    FieldDef::u32("png.phys.horiz"),
    FieldDef::u32("png.phys.vert"),
    FieldDef::u8("png.phys.unit").names(&[Unit::NAMES]),
    FieldDef::none("png.chunk.data"),
    FieldDef::u32("png.ihdr.width"),
    FieldDef::u32("png.ihdr.height"),
    FieldDef::u8("png.ihdr.bitdepth"),
    FieldDef::u8("png.ihdr.colour_type").names(&[Colour::NAMES]),
    FieldDef::u8("png.ihdr.compression_method").names(&[Compression::NAMES]),
    FieldDef::u8("png.ihdr.filter_method").names(&[Filter::NAMES]),
    FieldDef::u8("png.ihdr.interlace_method").names(&[Interlace::NAMES]),
    FieldDef::string("png.text.keyword"),
    FieldDef::string("png.text.string"),
    FieldDef::u16("png.time.year"),
    FieldDef::u8("png.time.month"),
    FieldDef::u8("png.time.day"),
    FieldDef::u8("png.time.hour"),
    FieldDef::u8("png.time.minute"),
    FieldDef::u8("png.time.second"),
    FieldDef::u8("png.bkgd.palette_index"),
    FieldDef::hex16("png.bkgd.greyscale"),
    FieldDef::hex16("png.bkgd.red"),
    FieldDef::hex16("png.bkgd.green"),
    FieldDef::hex16("png.bkgd.blue"),
];

named! {
    /// Section 11.2.2.
    Colour(u8, Dec) {
        GREY = 0 => "Greyscale",
        RGB = 2 => "Truecolour",
        PALETTE = 3 => "Indexed-colour",
        GREY_ALPHA = 4 => "Greyscale with alpha",
        RGB_ALPHA = 6 => "Truecolour with alpha",
    }
    /// Section 11.2.2.
    Compression(u8, Dec) {
        DEFLATE = 0 => "Deflate",
    }
    /// Section 11.2.2.
    Filter(u8, Dec) {
        ADAPTIVE = 0 => "Adaptive",
    }
    /// Section 11.2.2.
    Interlace(u8, Dec) {
        NONE = 0 => "No interlace",
        ADAM7 = 1 => "Adam7",
    }
    /// Section 11.3.3.5.
    Intent(u8, Dec) {
        PERCEPTUAL = 0 => "Perceptual",
        RELATIVE = 1 => "Relative colorimetric",
        SATURATION = 2 => "Saturation",
        ABSOLUTE = 3 => "Absolute colorimetric",
    }
    /// Section 11.3.5.3.
    Unit(u8, Dec) {
        UNKNOWN = 0 => "Unit is unknown",
        METRE = 1 => "Unit is METRE",
    }
}

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fn dissect(png: &mut Layer) -> Outcome {
    if !png.rest().starts_with(SIGNATURE) {
        return Ok(Next::Declined);
    }
    png.field("png.signature", "Signature", take(SIGNATURE.len()))?;
    // Each chunk takes at least its length.
    while !png.rest().is_empty() {
        png.group("", "Chunk", chunk)?;
    }
    Ok(Next::Nothing)
}

/// Section 5.3.
fn chunk(png: &mut Layer) -> Result<(), Stop> {
    let length = png.field("png.chunk.len", "Length", be_u32())?;
    let place = png.ahead(4);
    let kind = png.field_shown("png.chunk.type", "Type", take(4_usize), ascii::text)?;
    let bits = kind
        .iter()
        .fold(0, |bits, &byte| bits << 8 | u64::from(byte));
    png.bits_at(place, bits, |bits| {
        let name = "png.chunk.flag.ancillary";
        bits.flag_meaning(name, "Ancillary", 0x2000_0000, "Ancillary", "Critical");
        bits.flag_meaning(
            "png.chunk.flag.private",
            "Private",
            0x20_0000,
            "Private",
            "Public",
        );
        let name = "png.chunk.flag.stc";
        bits.flag_meaning(
            name,
            "Safe to copy",
            0x20,
            "Safe to copy",
            "Not safe to copy",
        );
    });
    png.title(|| format!("{}, {length} bytes", ascii::string(kind)));
    png.within(length as usize, |png| contents(png, kind))?;
    if png.rest().is_empty() {
        png.note(Severity::Warning, || {
            "the image ends inside this chunk".to_owned()
        });
        return Ok(());
    }
    png.field_shown("png.chunk.crc", "CRC", be_u32(), |sum| {
        Value::Number(sum.into(), Base::Hex(8))
    })?;
    Ok(())
}

/// Section 11.
fn contents(png: &mut Layer, kind: &[u8]) -> Result<(), Stop> {
    let length = png.rest().len();
    match kind {
        b"IHDR" => header(png),
        b"gAMA" => fraction(png, "png.gama.gamma", "Gamma"),
        b"cHRM" => [
            ("png.chrm.white.x", "White x"),
            ("png.chrm.white.y", "White y"),
            ("png.chrm.red.x", "Red x"),
            ("png.chrm.red.y", "Red y"),
            ("png.chrm.green.x", "Green x"),
            ("png.chrm.green.y", "Green y"),
            ("png.chrm.blue.x", "Blue x"),
            ("png.chrm.blue.y", "Blue y"),
        ]
        .into_iter()
        .try_for_each(|(name, label)| fraction(png, name, label)),
        b"sRGB" => png
            .field_shown("png.srgb.intent", "Intent", be_u8(), |intent| {
                Intent(intent).into()
            })
            .map(drop),
        b"tEXt" => keyword(png),
        b"tIME" => time(png),
        b"pHYs" => {
            png.field("png.phys.horiz", "Pixels a unit across", be_u32())?;
            png.field("png.phys.vert", "Pixels a unit down", be_u32())?;
            png.field_shown("png.phys.unit", "Unit", be_u8(), |unit| Unit(unit).into())?;
            Ok(())
        }
        b"bKGD" => background(png, length),
        _ if length == 0 => Ok(()),
        _ => png
            .field_shown("png.chunk.data", "Data", take(length), |_: &[u8]| {
                Value::Static("")
            })
            .map(drop),
    }
}

/// Section 11.2.2.
fn header(png: &mut Layer) -> Result<(), Stop> {
    let width = png.field("png.ihdr.width", "Width", be_u32())?;
    let height = png.field("png.ihdr.height", "Height", be_u32())?;
    png.title_more(|| format!(", {width} × {height}"));
    png.field("png.ihdr.bitdepth", "Bit depth", be_u8())?;
    png.field_shown("png.ihdr.colour_type", "Colour type", be_u8(), |colour| {
        Colour(colour).into()
    })?;
    let name = "png.ihdr.compression_method";
    png.field_shown(name, "Compression", be_u8(), |how| Compression(how).into())?;
    png.field_shown("png.ihdr.filter_method", "Filter", be_u8(), |how| {
        Filter(how).into()
    })?;
    png.field_shown("png.ihdr.interlace_method", "Interlace", be_u8(), |how| {
        Interlace(how).into()
    })?;
    Ok(())
}

/// A number of hundred thousandths: section 11.3.3.2.
fn fraction(png: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    png.field_shown(name, label, be_u32(), |number| {
        Value::Single((f64::from(number) / 100_000.0) as f32)
    })
    .map(drop)
}

/// Section 11.3.4.3.
fn keyword(png: &mut Layer) -> Result<(), Stop> {
    let show = |bytes: &[u8]| {
        let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
        Value::Text(charset::decode(Some("iso-8859-1"), bytes).into_owned())
    };
    let bytes = png.rest();
    let end = bytes.iter().position(|&byte| byte == 0);
    let length = end.map_or(bytes.len(), |end| end + 1);
    png.field_shown("png.text.keyword", "Keyword", take(length), show)?;
    let left = png.rest().len();
    if left > 0 {
        png.field_shown("png.text.string", "Text", take(left), show)?;
    }
    Ok(())
}

/// Section 11.3.6.1.
fn time(png: &mut Layer) -> Result<(), Stop> {
    png.field("png.time.year", "Year", be_u16())?;
    for (name, label) in [
        ("png.time.month", "Month"),
        ("png.time.day", "Day"),
        ("png.time.hour", "Hour"),
        ("png.time.minute", "Minute"),
        ("png.time.second", "Second"),
    ] {
        png.field(name, label, be_u8())?;
    }
    Ok(())
}

/// Section 11.3.5.1: the contents depend on the colours.
fn background(png: &mut Layer, length: usize) -> Result<(), Stop> {
    let shade = |value: u16| Value::Number(value.into(), Base::Hex(4));
    match length {
        1 => png
            .field("png.bkgd.palette_index", "Place in the palette", be_u8())
            .map(drop),
        2 => png
            .field_shown("png.bkgd.greyscale", "Grey", be_u16(), shade)
            .map(drop),
        _ => {
            png.field_shown("png.bkgd.red", "Red", be_u16(), shade)?;
            png.field_shown("png.bkgd.green", "Green", be_u16(), shade)?;
            png.field_shown("png.bkgd.blue", "Blue", be_u16(), shade)?;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{bytes, served, words};

    /// The smallest image that there is: a transparent pixel.
    const PIXEL: &str = "89504e470d0a1a0a
        0000000d 49484452 00000001 00000001 08 06 00 00 00 1f15c489
        00000004 67414d41 0000b18f 0bfc6105
        0000000d 49444154 789c63600000020000 01e221bc 11223344
        00000000 49454e44 ae426082";

    #[test]
    fn a_pixel() {
        let tree = served("image/png", &bytes(PIXEL));
        for row in [
            "Chunk: IHDR, 13 bytes, 1 × 1",
            "Colour type: Truecolour with alpha (6)",
            "Gamma: 0.45455",
            "Ancillary: Critical",
            "CRC: 0xae426082",
        ] {
            assert!(words(&tree, row), "{row}\n{tree}");
        }
    }

    #[test]
    fn broken_off() {
        let mut image = bytes(PIXEL);
        image.truncate(70);
        assert!(served("image/png", &image).contains("the image ends inside this chunk"));
        image.truncate(20);
        assert!(served("image/png", &image).contains("malformed"));
        assert!(served("image/png", b"no image").contains("Data: 8 bytes"));
    }
}
