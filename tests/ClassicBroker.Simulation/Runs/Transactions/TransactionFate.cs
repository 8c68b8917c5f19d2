namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>What a client knows of the end of a transaction.</summary>
internal enum TransactionFate
{
    /// <summary>It has not ended.</summary>
    Open,

    /// <summary>The coordinator said so.</summary>
    Committed,

    /// <summary>The coordinator said so, or no commit was or will be asked for.</summary>
    Aborted,

    /// <summary>A commit was asked for, and no answer says what became of it.</summary>
    Unknown,
}
