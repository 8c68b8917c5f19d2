namespace ClassicBroker.Operations;

/// <summary>One point of a <see cref="HealthReport"/>.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="IsOk">All is well with it.</param>
/// <param name="Detail">What was seen.</param>
public sealed record HealthCheck(string Name, bool IsOk, string Detail);
