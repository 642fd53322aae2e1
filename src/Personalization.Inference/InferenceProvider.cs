namespace Personalization.Inference;

/// <summary>ONNX Runtime's execution provider.</summary>
public enum InferenceProvider
{
    /// <summary>The CPU; always there.</summary>
    Cpu = 0,

    /// <summary>An NVIDIA GPU; needs a build with <c>-p:OnnxRuntime=Gpu</c> and the CUDA libraries.</summary>
    Cuda = 1,

    /// <summary>An NVIDIA GPU through TensorRT; needs its libraries on top of CUDA's.</summary>
    TensorRt = 2,
}
