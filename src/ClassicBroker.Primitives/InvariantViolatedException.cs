namespace ClassicBroker.Primitives;

/// <summary>We are wrong about our own state. Nothing may catch this but the loop that then stops the process.</summary>
public sealed class InvariantViolatedException(string message) : Exception(message);
