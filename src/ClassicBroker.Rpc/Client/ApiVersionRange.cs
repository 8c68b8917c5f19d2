namespace ClassicBroker.Rpc;

/// <summary>The versions of one API a broker speaks. The key is a number, since a broker may serve APIs that are not known here.</summary>
public readonly record struct ApiVersionRange(short ApiKey, short MinVersion, short MaxVersion);
