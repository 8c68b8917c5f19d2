namespace HostedService;

/// <summary>What a record of the topic says.</summary>
internal sealed record Order(int Number, decimal Amount);
