namespace ClassicBroker.Primitives;

/// <summary>Bytes do not have the form their format demands. The peer or the file is wrong, never we.</summary>
public sealed class MalformedDataException(string message) : Exception(message);
