using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Log;

/// <summary>An append to a coordinator's partition. Awaited once, by the caller that appended.</summary>
/// <param name="BaseOffset">Offset of the first record; meaningless where the append was refused.</param>
/// <param name="Outcome">Ends when the replicas have the records that <c>offsets.commit.required.acks</c> asks for.</param>
internal readonly record struct AppendedRecords(long BaseOffset, ValueTask<ErrorCode> Outcome)
{
    public bool IsInLog => BaseOffset >= 0;

    public static AppendedRecords Refused(ErrorCode error) => new(-1, new(error));
}
