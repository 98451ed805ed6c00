//! One attribute and its characteristics (RFC 7643 sections 2.2 to 2.5 and 7).

use std::borrow::Cow;

use serde_json::{Value, json};

/// What values an attribute takes (RFC 7643 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A number.
    Decimal,
    /// A whole number.
    Integer,
    /// A moment (XML Schema `dateTime`).
    DateTime,
    /// Bytes in base64.
    Binary,
    /// The address of something.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

impl Type {
    /// The word in a schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Decimal => "decimal",
            Self::Integer => "integer",
            Self::DateTime => "dateTime",
            Self::Binary => "binary",
            Self::Reference => "reference",
            Self::Complex => "complex",
        }
    }
}

/// Who may change an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// The client, at any time.
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client, but nobody reads it.
    WriteOnly,
}

impl Mutability {
    /// The word in a schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "readOnly",
            Self::ReadWrite => "readWrite",
            Self::Immutable => "immutable",
            Self::WriteOnly => "writeOnly",
        }
    }
}

/// When an attribute is in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Returned {
    /// In each, whatever the request excludes.
    Always,
    /// In none.
    Never,
    /// Unless the request says otherwise.
    Default,
    /// Only when the request names it.
    Request,
}

impl Returned {
    /// The word in a schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Never => "never",
            Self::Default => "default",
            Self::Request => "request",
        }
    }
}

/// Among whom a value may occur once only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Uniqueness {
    /// It may repeat.
    None,
    /// Among the resources of the server.
    Server,
    /// Everywhere.
    Global,
}

impl Uniqueness {
    /// The word in a schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Server => "server",
            Self::Global => "global",
        }
    }
}

/// An attribute or a sub-attribute.
///
/// ```
/// use keystead_scim::schema::Attribute;
///
/// let badge = Attribute::string("badge", "The number on the badge.").case_exact().required();
/// assert!(badge.required && !badge.multi_valued);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The name. Compared without case.
    pub name: Cow<'static, str>,
    /// What it means.
    pub description: Cow<'static, str>,
    /// What values it takes.
    pub kind: Type,
    /// Whether it is a list of such values.
    pub multi_valued: bool,
    /// Whether a resource must have it.
    pub required: bool,
    /// Whether case matters when its texts are compared.
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is in an answer.
    pub returned: Returned,
    /// Among whom a value may occur once only.
    pub uniqueness: Uniqueness,
    /// Values that are suggested; others are taken too.
    pub canonical_values: Vec<Cow<'static, str>>,
    /// What a reference may point at: resource types, `external`, `uri`.
    pub reference_types: Vec<Cow<'static, str>>,
    /// The parts of a complex attribute.
    pub sub_attributes: Vec<Attribute>,
}

impl Attribute {
    /// An attribute with the defaults of RFC 7643 section 2.2: optional, single-valued, without regard to case,
    /// `readWrite`, returned by default, not unique.
    pub fn new(kind: Type, name: impl Into<Cow<'static, str>>, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            kind,
            multi_valued: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical_values: Vec::new(),
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
        }
    }

    /// A text.
    pub fn string(name: impl Into<Cow<'static, str>>, description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Type::String, name, description)
    }

    /// A boolean.
    pub fn boolean(name: impl Into<Cow<'static, str>>, description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Type::Boolean, name, description)
    }

    /// A reference to one of these kinds of things; case matters in it (RFC 7643 section 2.3.7).
    pub fn reference(
        name: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
        types: &[&'static str],
    ) -> Self {
        let reference_types = types.iter().copied().map(Cow::Borrowed).collect();
        Self { reference_types, case_exact: true, ..Self::new(Type::Reference, name, description) }
    }

    /// An object of these parts.
    pub fn complex(
        name: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
        sub_attributes: impl IntoIterator<Item = Self>,
    ) -> Self {
        let sub_attributes = sub_attributes.into_iter().collect();
        Self { sub_attributes, ..Self::new(Type::Complex, name, description) }
    }

    /// As a list.
    #[must_use]
    pub fn multi_valued(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    /// Which a resource must have.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// In which case matters.
    #[must_use]
    pub fn case_exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    /// With this mutability.
    #[must_use]
    pub fn mutability(self, mutability: Mutability) -> Self {
        Self { mutability, ..self }
    }

    /// Returned then.
    #[must_use]
    pub fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }

    /// Unique so far.
    #[must_use]
    pub fn unique(self, uniqueness: Uniqueness) -> Self {
        Self { uniqueness, ..self }
    }

    /// With values suggested.
    #[must_use]
    pub fn canonical(self, values: &[&'static str]) -> Self {
        Self { canonical_values: values.iter().copied().map(Cow::Borrowed).collect(), ..self }
    }

    /// Whether this is its name, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The part of this name, in any case.
    pub fn sub_attribute(&self, name: &str) -> Option<&Self> {
        self.sub_attributes.iter().find(|sub| sub.is(name))
    }

    /// The attribute as it stands in a schema document.
    pub fn to_value(&self) -> Value {
        let mut value = json!({
            "name": self.name,
            "type": self.kind.as_str(),
            "description": self.description,
            "multiValued": self.multi_valued,
            "required": self.required,
            "caseExact": self.case_exact,
            "mutability": self.mutability.as_str(),
            "returned": self.returned.as_str(),
            "uniqueness": self.uniqueness.as_str(),
        });
        if !self.canonical_values.is_empty() {
            value["canonicalValues"] = json!(self.canonical_values);
        }
        if !self.reference_types.is_empty() {
            value["referenceTypes"] = json!(self.reference_types);
        }
        if self.kind == Type::Complex {
            value["subAttributes"] = self.sub_attributes.iter().map(Self::to_value).collect();
        }
        value
    }
}
