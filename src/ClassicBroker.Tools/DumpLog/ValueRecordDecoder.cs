using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Shows keys and values by a decoder each. Stateless.</summary>
internal sealed class ValueRecordDecoder(Func<NullableBytes, string> key, Func<NullableBytes, string> value) : IRecordDecoder
{
    public (string? Key, string? Payload) Decode(in Record record) =>
        (record.Key.IsNull ? null : key(record.Key), record.Value.IsNull ? null : value(record.Value));
}
