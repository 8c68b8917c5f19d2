namespace ClassicBroker.Metadata;

/// <summary>Another live broker has this broker's id or one of its addresses. The start ends with this sentence.</summary>
public sealed class DuplicateBrokerException(string message) : Exception(message);
