namespace ClassicBroker.Server.Tests.InProcess;

/// <summary>Unwinds what a killed broker was doing; nothing it still does has an effect.</summary>
public sealed class ProcessKilledException() : Exception("The process was killed.");
