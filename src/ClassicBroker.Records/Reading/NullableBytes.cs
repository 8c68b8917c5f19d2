namespace ClassicBroker.Records;

/// <summary>Bytes that may be null, which is not the same as empty: a record without a key, a tombstone's value.</summary>
public readonly ref struct NullableBytes
{
    private readonly bool _hasValue;

    public NullableBytes(ReadOnlySpan<byte> span)
    {
        Span = span;
        _hasValue = true;
    }

    public static NullableBytes Null => default;

    public bool IsNull => !_hasValue;

    /// <summary>Empty where null.</summary>
    public ReadOnlySpan<byte> Span { get; }

    public int Length => Span.Length;

    public static implicit operator NullableBytes(ReadOnlySpan<byte> span) => new(span);

    public static implicit operator NullableBytes(Span<byte> span) => new(span);

    public static implicit operator NullableBytes(byte[]? array) => array is null ? default : new(array);

    public static NullableBytes FromMemory(ReadOnlyMemory<byte>? memory) => memory is { } bytes ? new(bytes.Span) : default;

    public byte[]? ToArray() => IsNull ? null : Span.ToArray();
}
