namespace ClassicBroker.Storage;

/// <summary>
/// The log has changed under its cleaning, is going away or is not to be cleaned any more. It may be cleaned again later.
/// </summary>
internal sealed class LogCleaningAbortedException(string message) : Exception(message);
