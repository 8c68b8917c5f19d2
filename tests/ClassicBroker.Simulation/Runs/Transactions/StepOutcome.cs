namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>What a step of a transaction leaves its client to do.</summary>
internal enum StepOutcome
{
    /// <summary>The next step.</summary>
    Done,

    /// <summary>Abort the transaction and begin another.</summary>
    Failed,

    /// <summary>Nothing: a newer producer has its place, or it was stopped.</summary>
    Over,
}
