using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// Records that a leader has checked and that take nothing but their place to be appended. Made by
/// <see cref="PartitionLog.Prepare(in RecordSet, AppendOrigin)"/>; owned by the caller, who disposes it after the append.
/// </summary>
public readonly struct PreparedAppend : IDisposable
{
    private readonly ValidatedRecords _validated;

    internal PreparedAppend(in ValidatedRecords validated, AppendOrigin origin) => (_validated, Origin) = (validated, origin);

    /// <summary>There was no batch: nothing is appended.</summary>
    public bool IsEmpty => _validated.Records.IsEmpty;

    internal AppendOrigin Origin { get; }

    /// <summary>How long the checks and the rebuilding took.</summary>
    internal TimeSpan Took { get; init; }

    internal ValidatedRecords Validated => _validated;

    public void Dispose() => _validated.Dispose();
}
