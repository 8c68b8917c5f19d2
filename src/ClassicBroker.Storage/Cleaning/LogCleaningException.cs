namespace ClassicBroker.Storage;

/// <summary>A log cannot be cleaned as it is; its partition is set aside.</summary>
internal sealed class LogCleaningException(string message) : Exception(message);
