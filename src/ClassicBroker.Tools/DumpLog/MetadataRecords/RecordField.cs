namespace ClassicBroker.Tools.DumpLog.MetadataRecords;

/// <summary>One field of a metadata record. Immutable.</summary>
/// <param name="Name">As JSON has it.</param>
/// <param name="Type">Of the value, or of the elements of an array.</param>
internal sealed record RecordField(string Name, FieldType Type)
{
    public bool IsArray { get; init; }

    public bool IsNullable { get; init; }

    /// <summary>The first version of the record that has the field.</summary>
    public short FirstVersion { get; init; }

    /// <summary>The number of a tagged field; null of one in its place.</summary>
    public uint? Tag { get; init; }

    /// <summary>
    /// The number that an absent tagged field means. An absent array is empty, and what may be null is null.
    /// </summary>
    public long Default { get; init; }

    /// <summary>What a structure consists of.</summary>
    public IReadOnlyList<RecordField> Fields { get; init; } = [];

    /// <summary>What is there without the field.</summary>
    public object? Absent => IsNullable ? null : IsArray ? Array.Empty<object?>() : Default;

    /// <summary>Is this what an absent field stands for?</summary>
    public bool IsAbsent(object? value) => value switch
    {
        null => IsNullable,
        object?[] elements => !IsNullable && elements.Length == 0,
        long number => !IsNullable && number == Default,
        _ => false,
    };
}
