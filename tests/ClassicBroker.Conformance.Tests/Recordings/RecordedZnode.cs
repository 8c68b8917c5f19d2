namespace ClassicBroker.Conformance.Tests.Recordings;

/// <summary>A recorded znode. Immutable.</summary>
internal sealed record RecordedZnode(string? Data, bool IsEphemeral, int Version);
