using ClassicBroker.Records;

namespace ClassicBroker.Tools.Console;

/// <summary>A record as a line of input describes it.</summary>
internal readonly record struct InputRecord(byte[]? Key, byte[]? Value, RecordHeader[]? Headers);
