using System.Text;

namespace ClassicBroker.Records;

/// <summary>One stored header of a record, not copied.</summary>
public readonly ref struct RecordHeaderView(ReadOnlySpan<byte> keyUtf8, NullableBytes value)
{
    public ReadOnlySpan<byte> KeyUtf8 { get; } = keyUtf8;

    public NullableBytes Value { get; } = value;

    public RecordHeader ToRecordHeader() =>
        new(Encoding.UTF8.GetString(KeyUtf8), Value.IsNull ? null : (ReadOnlyMemory<byte>?)Value.Span.ToArray());
}
