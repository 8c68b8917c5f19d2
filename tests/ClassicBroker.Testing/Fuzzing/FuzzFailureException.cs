namespace ClassicBroker.Testing.Fuzzing;

/// <summary>An attempt of a <see cref="FuzzCampaign"/> that did not end as declared, with the input that repeats it.</summary>
public sealed class FuzzFailureException(string message, Exception? cause) : Exception(message, cause);
