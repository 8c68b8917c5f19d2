namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>A connection began with a four-letter word instead of a frame.</summary>
internal sealed record FourLetterWordEvent(int Word);
