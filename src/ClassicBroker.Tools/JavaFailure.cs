namespace ClassicBroker.Tools;

/// <summary>A failure that a tool reports under the name of a Java class, with what caused it.</summary>
/// <param name="javaClass">The class, with its package.</param>
/// <param name="message">The message; null where Java's exception has none.</param>
/// <param name="cause">What Java would print as <c>Caused by</c>; also a Java failure, or one that has a Java class.</param>
internal sealed class JavaFailure(string javaClass, string? message, Exception? cause = null) : Exception(message ?? "", cause)
{
    /// <summary>The class by which Java's tools refuse what they are asked for.</summary>
    public const string IllegalArgument = "java.lang.IllegalArgumentException";

    public string JavaClass { get; } = javaClass;

    public bool HasMessage { get; } = message is not null;

    /// <summary>Failures that came to nothing beside this one; Java names them below it.</summary>
    public IReadOnlyList<Exception> Suppressed { get; init; } = [];
}
