import numpy as np, random, time
from healthnews.duplicates import alignment as A
def c(s): return np.frombuffer(s.encode('utf-32-le'),np.uint32)
def check(a,b,f):
    r=f[0](c(a),c(b),600); e=f[1](r[4],r[0],r[1],r[2],r[3])
    # rebuild
    out=[];pa=0;pb=0;n=0
    for s,t,u,v in e:
        assert a[pa:s]==b[pb:u],(a,b,e)
        pa,pb=t,v; n+=(t-s)+(v-u)
    assert a[pa:]==b[pb:],(a,b,e)
    return n
import difflib
def lcs(a,b):
    d=[[0]*(len(b)+1) for _ in range(len(a)+1)]
    for i in range(len(a)):
        for j in range(len(b)): d[i+1][j+1]=d[i][j]+1 if a[i]==b[j] else max(d[i][j+1],d[i+1][j])
    return d[-1][-1]
import importlib
K=importlib.import_module('healthnews.duplicates.kernels')
for f in ((A.find_path,A.walk_back),(K.find_path_compiled,K.walk_back_compiled)):
    for _ in range(1500):
        a="".join(random.choice("abcd") for _ in range(random.randrange(14))); b="".join(random.choice("abcd") for _ in range(random.randrange(14)))
        n=check(a,b,f); assert n==len(a)+len(b)-2*lcs(a,b),(a,b,n)
print("ok")
import pyarrow.parquet as pq
texts=pq.read_table('/tmp/dup/g20k.parquet')['text'].to_pylist()[:200]
def noisy(t,r): return "".join(random.choice("医保账户的") if random.random()<r else ch for ch in t)
for r in (.003,.01,.03,.06):
    ps=[(c(t),c(noisy(t,r))) for t in texts]
    s=time.process_time()
    for x,y in ps: A.align(x,y)
    print(r,(time.process_time()-s)/len(ps)*1e6,"us")
