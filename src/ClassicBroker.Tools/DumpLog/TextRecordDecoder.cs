using System.Text;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Takes keys and values for UTF-8 text. Stateless.</summary>
internal sealed class TextRecordDecoder : IRecordDecoder
{
    public (string? Key, string? Payload) Decode(in Record record) =>
        (
            record.Key.IsNull ? null : Encoding.UTF8.GetString(record.Key.Span),
            record.Value.IsNull ? null : Encoding.UTF8.GetString(record.Value.Span));
}
