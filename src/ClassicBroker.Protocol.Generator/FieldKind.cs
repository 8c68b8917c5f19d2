namespace ClassicBroker.Protocol.Generator;

/// <summary>What a field, or the element of an array, is on the wire.</summary>
internal enum FieldKind
{
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Float64,
    Uuid,
    Error,
    String,
    Bytes,
    Records,
    Struct,
}
