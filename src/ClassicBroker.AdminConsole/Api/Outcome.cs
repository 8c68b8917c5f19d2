namespace ClassicBroker.AdminConsole.Api;

/// <summary>What became of one item. Immutable.</summary>
/// <param name="Name">The item.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
internal sealed record Outcome(string Name, string? Failure);
