using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>A leader does not take a set of records. Names the records at fault where single ones are (KIP-467).</summary>
public sealed class RecordsRefusedException(ErrorCode code, string message, IReadOnlyList<RecordError>? recordErrors = null)
    : RecordsException(code, message)
{
    public IReadOnlyList<RecordError> RecordErrors { get; } = recordErrors ?? [];
}
