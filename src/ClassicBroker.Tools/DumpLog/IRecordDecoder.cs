using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Turns a record into the texts to print for it; null for a part that is not printed. Stateless.</summary>
internal interface IRecordDecoder
{
    (string? Key, string? Payload) Decode(in Record record);
}
