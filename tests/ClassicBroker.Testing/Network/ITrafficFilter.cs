namespace ClassicBroker.Testing.Network;

/// <summary>Stands in the way of what one end of a connection sends. Threading: the test's thread only.</summary>
public interface ITrafficFilter
{
    /// <summary>Takes a piece of the stream and returns what goes on: the same, other bytes, or none yet.</summary>
    byte[] Pass(byte[] bytes);
}
