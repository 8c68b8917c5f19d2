namespace ClassicBroker.Tools.DumpLog.MetadataRecords;

/// <summary>What a field of a metadata record is on the wire; of an array, what its elements are.</summary>
internal enum FieldType
{
    Bool,
    Int8,
    Int16,
    UInt16,
    Int32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,

    /// <summary>Fields of its own.</summary>
    Struct,
}
