namespace ClassicBroker.Client;

/// <summary>The versions of one API a broker speaks. The key is a number, since a broker may know APIs that this client does not.</summary>
public readonly record struct ApiVersionRange(short ApiKey, short Min, short Max);
