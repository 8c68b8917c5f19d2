using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>Whose a log directory is: <c>meta.properties</c> of version 0.</summary>
/// <param name="BrokerId">Null in files that do not say.</param>
/// <param name="ClusterId">Null in files of brokers before 2.4.</param>
public sealed record MetaProperties(BrokerId? BrokerId, string? ClusterId);
