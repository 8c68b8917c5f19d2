namespace ClassicBroker.Simulation.Runs;

/// <summary>What a run that broke nothing came to.</summary>
/// <param name="Trace">A digest of all that happened in it, by which two runs are compared.</param>
/// <param name="Acknowledged">Records acknowledged.</param>
/// <param name="Consumed">Records consumers were given.</param>
/// <param name="Transactions">Transactions committed.</param>
/// <param name="Simulated">The time that passed in it.</param>
internal readonly record struct RunOutcome(ulong Trace, int Acknowledged, int Consumed, int Transactions, TimeSpan Simulated);
