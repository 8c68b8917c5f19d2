using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Tools.Coordinators;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Decodes records of <c>__transaction_state</c>. Tombstones print neither part. Stateless.</summary>
internal sealed class TransactionsRecordDecoder : IRecordDecoder
{
    public (string? Key, string? Payload) Decode(in Record record)
    {
        if (record.Key.IsNull || record.Value.IsNull)
        {
            return (null, null);
        }

        var key = CoordinatorJson.Read<TransactionLogKey>(record.Key);
        var value = CoordinatorJson.Read<TransactionLogValue>(record.Value);
        return (
            CoordinatorJson.Write(
                "type", CoordinatorJson.Version(record.Key), json => json.WriteString("transactionalId", key.TransactionalId)),
            CoordinatorJson.Write("version", CoordinatorJson.Version(record.Value), json => TransactionsJson.WriteValue(json, value)));
    }
}
