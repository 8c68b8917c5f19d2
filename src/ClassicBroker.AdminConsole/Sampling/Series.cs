namespace ClassicBroker.AdminConsole.Sampling;

/// <summary>Values over time, as a chart draws them. Immutable.</summary>
/// <param name="Name">What they are.</param>
/// <param name="Unit">Their unit, such as <c>bytes/s</c>.</param>
/// <param name="TimesMs">When they were, the oldest first.</param>
/// <param name="Values">The values.</param>
internal sealed record Series(string Name, string Unit, IReadOnlyList<long> TimesMs, IReadOnlyList<double> Values);
